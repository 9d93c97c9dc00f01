// report_in_chromium.mjs WORK PAGE...: checks each page; prints what is wrong and exits 1.
import { createRequire } from 'node:module';
import fs from 'node:fs';
const require = createRequire(import.meta.url);
const { chromium } = require('playwright-core');
const [work, ...pages] = process.argv.slice(2);
let bad = 0;
const check = (name, ok, detail = '') => {
    if (!ok) { bad++; console.log(`FAILED ${name} ${detail}`); }
};

const context = await chromium.launchPersistentContext(`${work}/profile`, {
    executablePath: process.env.CHROMIUM, viewport: { width: 1100, height: 900 },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync'] });

for (const file of pages) {
    const page = await context.newPage();
    const requests = [], errors = [];
    await page.route('**/*', route => {
        const url = route.request().url();
        if (url.split('#')[0] !== `file://${file}` && url !== `file://${file.replace(/report\.html$/, 'patient.html')}` && !url.startsWith('data:')) requests.push(url);
        return route.continue();
    });
    page.on('console', message => { if (message.type() !== 'log') errors.push(message.text()); });
    page.on('pageerror', error => errors.push(error.message));
    const size = fs.statSync(file).size;
    check('at most 5 MB', size <= 5 * 1024 * 1024, `${size}`);
    const start = Date.now();
    await page.goto(`file://${file}`, { waitUntil: 'load' });
    const ready = await page.evaluate(() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd);
    check('usable in 1 s', ready < 1000, `${ready} ms`);
    console.log(`${file.replace(work, '')}: ${size} bytes, ready after ${ready.toFixed(0)} ms (${Date.now() - start} ms with the driver)`);

    const shape = await page.evaluate(() => {
        const text = e => (e && e.textContent || '').trim();
        const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
        return {
            lang: document.documentElement.lang, title: document.title,
            landmarks: ['header', 'nav', 'main', 'footer'].filter(n => document.querySelectorAll(`body > ${n}`).length !== 1),
            h1: document.querySelectorAll('h1').length,
            first: document.querySelector('main section').id,
            sections: [...document.querySelectorAll('main > section')].filter(s =>
                !text(document.getElementById(s.getAttribute('aria-labelledby')))).map(s => s.id),
            levels: [...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1]),
            nameless: [...document.querySelectorAll('svg')].filter(s => s.getAttribute('role') !== 'img' ||
                !(s.getAttribute('aria-label') || text(document.getElementById((s.getAttribute('aria-labelledby') || '').split(' ')[0])))).length,
            figures: document.querySelectorAll('figure svg').length,
            captions: [...document.querySelectorAll('figure')].filter(f => !text(f.querySelector('figcaption'))).length,
            behind: [...document.querySelectorAll('.shown')].filter(f => !f.querySelector('details table, details p')).map(f => f.id),
            tables: [...document.querySelectorAll('table')].filter(t => !text(t.caption)).length,
            twice: ids.filter((id, i) => ids.indexOf(id) !== i),
            links: [...document.querySelectorAll('a[href^="#"]')].filter(a => !document.getElementById(a.hash.slice(1))).length,
            rubbish: (document.body.innerText.match(/\bNaN\b|\bnan\b|undefined|\(null\)|\[[a-z_.]+\]|%[.0-9]*[gfds]/g) || []),
            wide: document.documentElement.scrollWidth > innerWidth,
            standing: document.getElementById('patient').textContent.includes('Do not stop or change your medicine'),
            simulated: document.querySelector('.banner') !== null,
        };
    });
    check('language is en', shape.lang === 'en');
    check('title', shape.title.length > 3);
    check('landmarks once each', shape.landmarks.length === 0, shape.landmarks.join());
    check('one h1', shape.h1 === 1);
    check('the answer comes first', shape.first === 'answer', shape.first);
    check('sections have headings', shape.sections.length === 0, shape.sections.join());
    check('heading levels do not jump', shape.levels.every((l, i) => i === 0 || l <= shape.levels[i - 1] + 1), shape.levels.join(''));
    check('figures have names', shape.nameless === 0, `${shape.nameless}`);
    check('there are figures', shape.figures >= 5, `${shape.figures}`);
    check('figures have captions', shape.captions === 0);
    check('figures have tables behind them', shape.behind.length === 0, shape.behind.join());
    check('tables have captions', shape.tables === 0);
    check('ids are unique', shape.twice.length === 0, shape.twice.join());
    check('links lead somewhere', shape.links === 0);
    check('no rubbish in the text', shape.rubbish.length === 0, shape.rubbish.join());
    check('no sideways scrolling', !shape.wide);
    check('the standing sentence is there', shape.standing);
    check('simulated data carry the banner', shape.simulated === file.includes('fixture'));

    // labels inside each figure lie in its frame and not on each other
    await page.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = true; }));
    const labels = await page.evaluate(() => [...document.querySelectorAll('figure svg')].flatMap(svg => {
        const frame = svg.getBoundingClientRect(), wrong = [];
        const boxes = [...svg.querySelectorAll('text')].map(t => ({ t: t.textContent, r: t.getBoundingClientRect() }));
        for (const { t, r } of boxes)
            if (r.left < frame.left - 1 || r.right > frame.right + 1 || r.top < frame.top - 1 || r.bottom > frame.bottom + 1)
                wrong.push(`${svg.closest('.shown').id}: "${t}" is clipped`);
        for (let i = 0; i < boxes.length; i++)
            for (let k = i + 1; k < boxes.length; k++) {
                const a = boxes[i].r, b = boxes[k].r;
                const w = Math.min(a.right, b.right) - Math.max(a.left, b.left), h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
                if (w > 2 && h > 6) wrong.push(`${svg.closest('.shown').id}: "${boxes[i].t}" lies on "${boxes[k].t}"`);
            }
        return wrong;
    }));
    check('labels are whole and apart', labels.length === 0, labels.join('; '));

    // a review: each study has a row and a mark in its forest, each sign a circle, each link of the page a target
    if (file.includes('review')) {
        const forest = await page.evaluate(() => Object.fromEntries(['primary', 'response', 'many'].map(id => {
            const parts = [...document.querySelectorAll('.shown')].filter(f => new RegExp(`^figure-forest(-part[0-9]+)?-${id}$`).test(f.id));
            const marks = parts.reduce((n, f) => n + f.querySelectorAll('svg rect.square').length, 0);
            return [id, { parts: parts.length, marks, rows: [...parts[0].querySelectorAll('details table')].pop().tBodies[0].rows.length }];
        })));
        for (const [id, f] of Object.entries(forest)) {
            const beyond = id === 'many' ? 1 : 0; // one study lies beyond the axis: an arrow stands for it
            check(`the forest of ${id} has all its studies`, f.marks + beyond === f.rows, JSON.stringify(f));
        }
        check('a long forest is cut into parts', forest.many.parts === 2, JSON.stringify(forest.many));
        check('signs hold their sign', await page.evaluate(() => [...document.querySelectorAll('svg g.sign')].every(g => '+!−?'.includes(g.querySelector('text').textContent))));
        check('a rank never stands without its intervals', await page.evaluate(() =>
            !document.getElementById('figure-scores-network') || !!document.getElementById('figure-ranking-network')));
        const read = async what => page.evaluate(w => document.querySelector(w).innerText, what);
        check('the answer has effect, prediction and certainty', /prediction interval/i.test(await read('#answer')) && /⊕⊕◯◯ low/.test(await read('#answer')));
        check('the picture stands in the answer', await page.evaluate(() =>
            !!document.querySelector('#answer .shown svg') && document.querySelectorAll('#others table tbody tr').length >= 3));
        check('the grade table says who judged', /reviewer/.test(await read('#certainty')) && /computed/.test(await read('#certainty')));
    }

    await page.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = false; }));

    // keyboard: skip link first, then the way to the sections, a summary opens with Enter
    await page.keyboard.press('Tab');
    check('the first stop is the skip link', await page.evaluate(() => document.activeElement.classList.contains('skip')));
    let inNav = false, opened = false;
    for (let i = 0; i < 80 && !opened; i++) {
        await page.keyboard.press('Tab');
        const where = await page.evaluate(() => [document.activeElement.closest('nav') !== null, document.activeElement.tagName]);
        inNav = inNav || where[0];
        if (where[1] === 'SUMMARY') {
            await page.keyboard.press('Enter');
            opened = await page.evaluate(() => document.activeElement.parentElement.open);
            break;
        }
    }
    check('the keyboard reaches the navigation', inNav);
    check('the keyboard opens a table behind a figure', opened);

    // the interactive layer, where it was built in
    const explore = page.locator('button.explore');
    const n = await explore.count();
    await page.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = !!d.querySelector('button.explore'); }));
    for (let i = 0; i < n; i++) {
        await explore.nth(i).click();
        await page.waitForTimeout(50);
        const drawn = await explore.nth(i).evaluate(async b => {
            const c = b.closest('.shown').querySelector('.canvas');
            for (let k = 0; k < 60 && !c.querySelector('svg.marks'); k++) await new Promise(r => setTimeout(r, 50));
            return !!c.querySelector('svg.marks');
        });
        check('a figure can be explored', drawn, `${i}`);
        await explore.nth(i).click();
        check('and goes back to its printed form', await explore.nth(i).evaluate(b => !!b.closest('.shown').querySelector('.canvas > svg[role=img]')), `${i}`);
    }
    console.log(`  ${shape.figures} figures, ${n} interactive`);

    // a phone
    await page.setViewportSize({ width: 390, height: 844 });
    check('fits a phone', await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));

    // print: no figure higher than a page, none cut, the whole folds into A4
    await page.setViewportSize({ width: 680, height: 1000 }); // A4 less its margins, in CSS pixels
    await page.emulateMedia({ media: 'print' });
    const cut = await page.evaluate(() => [...document.querySelectorAll('figure')].filter(f => {
        const r = f.getBoundingClientRect();
        return r.height > 960 || getComputedStyle(f).breakInside !== 'avoid' || f.querySelector('svg').getBoundingClientRect().width > r.width + 1;
    }).map(f => `${f.parentElement.id} ${f.getBoundingClientRect().height}`));
    check('no figure is cut in print', cut.length === 0, cut.join());
    await page.pdf({ path: `${work}/page.pdf`, preferCSSPageSize: true });
    check('prints', fs.statSync(`${work}/page.pdf`).size > 10000);

    // the page for patients by itself: one A4 page, the standing sentence, names of the rows of people
    const handout = file.replace(/report\.html$/, 'patient.html');
    if (fs.existsSync(handout)) {
        await page.emulateMedia({ media: null });
        for (const url of [`file://${handout}`, `file://${file}#patient`]) {
            await page.goto(url, { waitUntil: 'load' });
            await page.pdf({ path: `${work}/handout.pdf`, preferCSSPageSize: true });
            const pages = (fs.readFileSync(`${work}/handout.pdf`, 'latin1').match(/\/Type\s*\/Page[^s]/g) || []).length;
            check('patients get one page', pages === 1, `${url.replace(work, '')} has ${pages}`);
        }
        await page.goto(`file://${handout}`, { waitUntil: 'load' });
        const told = await page.evaluate(() => ({
            standing: document.body.textContent.includes('Do not stop or change your medicine'),
            rubbish: document.body.innerText.match(/\bNaN\b|\bnan\b|undefined|\(null\)|\[[a-z_.]+\]|%[.0-9]*[gfds]/g) || [],
            levels: [...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1]),
            nameless: [...document.querySelectorAll('svg')].filter(s => !s.getAttribute('aria-label')).length,
            wide: document.documentElement.scrollWidth > innerWidth }));
        check('the handout has the standing sentence', told.standing);
        check('no rubbish in the handout', told.rubbish.length === 0, told.rubbish.join());
        check('its headings do not jump', told.levels.every((l, i) => i === 0 || l <= told.levels[i - 1] + 1), told.levels.join(''));
        check('its rows of people have names', told.nameless === 0, `${told.nameless}`);
        check('it does not scroll sideways', !told.wide);
    }
    check('no request', requests.length === 0, requests.join());
    check('no console message', errors.length === 0, errors.join(' | '));
    await page.close();
}
await context.close();
console.log(bad ? `${bad} failed` : `${pages.length} pages hold`);
process.exit(bad ? 1 : 0);
