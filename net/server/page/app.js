/* app.js: keeps the page of a room up to date, and carries the visitor's own question.
 *
 * The page is whole without it (net/server/view.c). It takes its first state from the page's elements, then follows the
 * room's live stream: every event changes a small model, and the model is drawn again over the elements that are there,
 * by key, so that only what changed is touched. Events are known by number, segments by id and revision: hearing
 * something twice changes nothing. Text enters the page as text, never as markup.
 */
'use strict';

(() => {
	const PARAGRAPH = 420; // code points, as in view.c
	const POLL_MS = 30000;
	const MINE_MAX = 5;

	const body = document.body;
	const lang = document.documentElement.lang;
	const words = JSON.parse(body.dataset.words);
	const room = body.dataset.room;
	const address = '/v1/rooms/' + encodeURIComponent(room);
	const calm = matchMedia('(prefers-reduced-motion: reduce)');
	const clockFormat = new Intl.DateTimeFormat(lang, { hour: '2-digit', minute: '2-digit' });
	const numberFormat = new Intl.NumberFormat(lang);

	const $ = (id) => document.getElementById(id);
	const say = (name, value) => words[name].replace('%', () => value);
	const jitter = (ms) => ms * (0.7 + 0.6 * Math.random());
	const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

	const setText = (node, text) => {
		if (node.textContent !== text)
			node.textContent = text;
	};
	const make = (name, cls, text) => {
		const node = document.createElement(name);
		if (cls)
			node.className = cls;
		if (text)
			node.textContent = text;
		return node;
	};
	const makeTime = (ms) => {
		const node = make('time');
		setTime(node, ms);
		return node;
	};
	const setTime = (node, ms) => {
		const iso = new Date(ms).toISOString();
		if (node.dateTime !== iso)
			node.dateTime = iso;
		setText(node, clockFormat.format(ms));
	};

	/* What is kept for this visitor in this browser; inside other sites' frames there may be no storage. */
	const memory = {
		get(name, absent) {
			try {
				const text = localStorage.getItem('regie/' + room + '/' + name);
				return text === null ? absent : JSON.parse(text);
			} catch (e) {
				return absent;
			}
		},
		set(name, value) {
			try {
				localStorage.setItem('regie/' + room + '/' + name, JSON.stringify(value));
			} catch (e) {
				/* then it lasts as long as the page */
			}
		},
	};

	/* ---- the model ------------------------------------------------------------------------------------------- */

	const questions = new Map(); // id: { id, at, number, wording, credit, people, outcome, struck, live }
	const answers = new Map();   // id: [question ids]
	let segments = [];           // { id, answer, speaker, text, revision, at, position }, in order
	const notices = new Map();   // id: { id, text, at }
	const gone = new Set();      // what was retracted stays away
	let state = body.dataset.state;
	let since = body.dataset.since;
	const fates = new Map();     // receipt: { fate, question }
	let mine = memory.get('mine', []);

	const STATES = { collecting: 'collecting', opened: 'open', interrupted: 'interrupted', resumed: 'open',
		ended: 'ended' };

	const readPage = () => {
		const text = (parent, selector) => {
			const node = parent.querySelector(selector);
			return node ? node.textContent : '';
		};
		for (const node of document.querySelectorAll('#flow .question')) {
			const d = node.dataset;
			questions.set(d.key, {
				id: d.key, at: +d.at, number: +d.number, struck: 'struck' in d,
				outcome: d.outcome || '', people: +d.people || 0,
				wording: text(node, 'h3'), credit: text(node, '.who'),
				live: $('air').dataset.question === d.key && 'live' in $('air').dataset,
			});
		}
		for (const turn of document.querySelectorAll('#flow .turn')) {
			const { answer, questions: ids, at } = turn.dataset;
			if (answer)
				answers.set(answer, ids ? ids.split(' ') : []);
			for (const p of turn.querySelectorAll('.said > p'))
				for (const s of p.querySelectorAll('span[data-key]'))
					segments.push({ id: s.dataset.key, answer, speaker: p.dataset.speaker,
						text: s.textContent, revision: +s.dataset.revision || 1, at: +at });
		}
		for (const node of document.querySelectorAll('#flow .notice'))
			notices.set(node.dataset.key, { id: node.dataset.key, at: +node.dataset.at,
				text: text(node, '.notice-text') });
	};

	const putQuestion = (d) => {
		for (const q of questions.values())
			q.live = false;
		questions.set(d.question, { id: d.question, at: d.at, number: d.number, wording: d.wording,
			credit: d.credit || '', people: d.people || 0, outcome: '', struck: false, live: true });
	};

	const putSegment = (d) => {
		const had = segments.find((s) => s.id === d.segment);
		if (had && had.revision >= d.revision)
			return false;
		const s = had || { id: d.segment };
		Object.assign(s, { answer: d.answer, speaker: d.speaker || '', text: d.text, revision: d.revision,
			at: d.at, position: d.position });
		if (d.questions)
			answers.set(d.answer, d.questions);
		if (had)
			return false;
		let i = segments.length;
		while (i > 0 && segments[i - 1].position > s.position)
			i--;
		segments.splice(i, 0, s);
		return true;
	};

	const putWords = (s, d) => {
		Object.assign(s, { revision: d.revision, text: d.text, speaker: d.speaker || s.speaker });
	};

	const retract = (d) => {
		const id = d.segment || d.question || d.notice || d.answer;
		gone.add(id);
		segments = segments.filter((s) => s.id !== id);
		notices.delete(id);
		const q = questions.get(id);
		if (q)
			Object.assign(q, { struck: true, live: false, wording: '', credit: '', people: 0 });
	};

	const heard = {
		question(d) {
			putQuestion(d);
			aloud(say('sayQuestion', d.wording));
		},
		reword(d) {
			const q = questions.get(d.question);
			if (q)
				Object.assign(q, { wording: d.wording, credit: d.credit || '' });
		},
		answer(d) {
			if (d.answer) {
				answers.set(d.answer, d.questions || []);
			} else if (questions.has(d.question)) {
				questions.get(d.question).outcome = d.outcome || '';
				questions.get(d.question).live = false;
			}
		},
		segment(d) {
			if (putSegment(d))
				passages++;
		},
		correction(d) {
			const s = segments.find((x) => x.id === d.segment);
			if (s && s.revision < d.revision)
				putWords(s, d);
		},
		retraction: retract,
		notice(d) {
			notices.set(d.notice, { id: d.notice, text: d.text, at: d.at });
			aloud(say('notice') + ' : ' + d.text);
		},
		state(d) {
			state = STATES[d.state] || state;
		},
	};

	const numberOf = (id) => id.split('-').map(Number);

	const hear = (type, id, text) => {
		const [epoch, number] = numberOf(id), [ourEpoch, ours] = numberOf(since);
		if (epoch === ourEpoch && number <= ours)
			return;
		since = id;
		const d = JSON.parse(text);
		if (d.retracted)
			retract(d);
		else if (type === 'retraction' || !gone.has(d.segment || d.question || d.notice))
			heard[type](d);
		newsAt = Date.now();
		drawSoon();
	};

	/* The transcript in the place of all that we have. */
	const takeTranscript = (t) => {
		questions.clear();
		answers.clear();
		notices.clear();
		gone.clear();
		let at = 0;
		for (const q of t.questions) {
			at = q.aired_at || at;
			questions.set(q.question, {
				id: q.question, at, number: q.number, wording: q.wording || '', credit: q.credit || '',
				people: q.people || 0, outcome: q.outcome || '',
				struck: Boolean(q.retracted), live: q.state === 'air',
			});
		}
		for (const a of t.answers)
			answers.set(a.answer, a.questions);
		const known = segments.length;
		segments = [];
		t.segments.forEach(putSegment);
		passages += Math.max(0, segments.length - known);
		for (const n of t.notices)
			notices.set(n.notice, { id: n.notice, text: n.text, at: n.at });
		state = t.event.state === 'sealed' ? 'ended' : t.event.state;
		since = t.since;
		drawSoon();
	};

	/* ---- turns: the same order as flow.c --------------------------------------------------------------------- */

	const makeTurns = () => {
		const shown = new Set(), turns = [];
		let before = 0;
		for (const s of segments) {
			let turn = turns[turns.length - 1];
			if (!turn || turn.answer !== s.answer) {
				const linked = answers.get(s.answer) || [];
				const aired = linked.filter((id) => questions.has(id)).map((id) => questions.get(id));
				const fresh = aired.filter((q) => !shown.has(q.id));
				fresh.forEach((q) => shown.add(q.id));
				const at = Math.max(before, fresh.length ? Math.min(s.at, fresh[0].at) : s.at);
				turn = { key: fresh.length ? fresh[0].id : s.id, at, answer: s.answer, fresh, said: [],
					again: fresh.length ? null : aired[0] || null };
				before = at;
				turns.push(turn);
			}
			turn.said.push(s);
		}
		const waiting = Array.from(questions.values()).filter((q) => !shown.has(q.id));
		for (const q of waiting.sort((a, b) => a.at - b.at))
			turns.push({ key: q.id, at: q.at, answer: '', fresh: [q], said: [], again: null });
		for (const n of notices.values())
			turns.push({ key: n.id, at: n.at, notice: n });
		return turns.sort((a, b) => a.at - b.at);
	};

	const makeParagraphs = (said) => {
		const list = [];
		let p = null;
		for (const s of said) {
			const other = !p || p.speaker !== s.speaker;
			if (other || p.points >= PARAGRAPH) {
				const label = other ? s.speaker : '';
				p = { key: s.id, speaker: s.speaker, label, points: 0, said: [] };
				list.push(p);
			}
			p.points += Array.from(s.text).length;
			p.said.push(s);
		}
		return list;
	};

	/* ---- drawing --------------------------------------------------------------------------------------------- */

	/* Makes the keyed children of `parent` those of `items`, in order: reuses, moves, adds, removes. */
	const sync = (parent, items, create, update) => {
		const had = new Map();
		for (const node of Array.from(parent.children))
			if (node.dataset.key)
				had.set(node.dataset.key, node);
		const keyed = (node) => {
			while (node && !node.dataset.key)
				node = node.nextElementSibling;
			return node;
		};
		let next = keyed(parent.firstElementChild);
		for (const item of items) {
			let node = had.get(item.key);
			if (!node) {
				node = create(item);
				node.dataset.key = item.key;
			}
			if (node === next)
				next = keyed(next.nextElementSibling);
			else
				parent.insertBefore(node, next);
			had.delete(item.key);
			update(node, item);
		}
		for (const node of had.values())
			node.remove();
	};

	const createQuestion = (q) => {
		const node = make('div', 'question');
		node.id = 'q-' + q.id;
		const brow = make('p', 'eyebrow'), credit = make('p', 'credit');
		brow.append(make('span', 'number', say('question', q.number)), ' ', makeTime(q.at));
		brow.append(make('span', 'outcome'));
		credit.append(make('span', 'who'), make('span', 'people'));
		node.append(brow, make('h3'), credit);
		return node;
	};

	const updateQuestion = (node, { question: q }) => {
		const credit = node.querySelector('.credit');
		if (!credit.querySelector('.who'))
			credit.append(make('span', 'who'));
		if (!credit.querySelector('.people'))
			credit.append(make('span', 'people'));
		setTime(node.querySelector('time'), q.at);
		setText(node.querySelector('.outcome'), !q.struck && words[q.outcome] || '');
		setText(node.querySelector('h3'), q.struck ? words.struck : q.wording);
		setText(credit.querySelector('.who'), q.struck ? '' : q.credit);
		const people = q.people > 1 ? say('people', numberFormat.format(q.people)) : '';
		setText(credit.querySelector('.people'), people);
		if (q.struck)
			node.dataset.struck = '';
		node.classList.toggle('yours', mine.some((m) => (fates.get(m.receipt) || m).question === q.id));
	};

	const createAgain = ({ again }) => {
		const node = make('p', 'again'), a = make('a', '', say('again', again.number));
		a.href = '#q-' + again.id;
		node.append(a);
		return node;
	};

	const createParagraph = (p) => {
		const node = make('p');
		node.dataset.speaker = p.speaker;
		return node;
	};

	const updateSegment = (span, { s }) => {
		setText(span, s.text);
		if (!span.nextSibling || span.nextSibling.nodeType !== Node.TEXT_NODE)
			span.after(' ');
		if (s.revision > 1) {
			span.dataset.revision = s.revision;
			span.dataset.mark = words.corrected;
		}
	};

	const updateParagraph = (node, p) => {
		let label = node.querySelector('.speaker');
		if (label && !p.label)
			label.remove();
		if (!label && p.label) {
			label = make('b', 'speaker');
			node.prepend(label, ' ');
		}
		if (p.label)
			setText(label, p.label);
		const create = () => make('span', drawn ? 'new' : '');
		sync(node, p.said.map((s) => ({ key: s.id, s })), create, updateSegment);
	};

	const createTurn = (t) => {
		if (t.notice) {
			const node = make('section', drawn ? 'notice new' : 'notice'), brow = make('p', 'eyebrow');
			brow.append(make('span', '', words.notice), ' ', makeTime(t.at));
			node.append(brow, make('p', 'notice-text'));
			return node;
		}
		const node = make('section', 'turn');
		node.append(make('div', 'asked'), make('div', 'said'));
		return node;
	};

	const updateTurn = (node, t) => {
		if (t.notice) {
			setText(node.querySelector('.notice-text'), t.notice.text);
			return;
		}
		const head = t.fresh.map((q) => ({ key: q.id, question: q }));
		if (t.again)
			head.push({ key: 'again-' + t.again.id, again: t.again });
		sync(node.querySelector('.asked'), head, (h) => (h.again ? createAgain(h) : createQuestion(h.question)),
			(n, h) => (h.again ? undefined : updateQuestion(n, h)));
		sync(node.querySelector('.said'), makeParagraphs(t.said), createParagraph, updateParagraph);
	};

	const drawAir = () => {
		let q = null;
		for (const x of questions.values())
			if (!q || x.at >= q.at)
				q = x;
		const shown = q && !q.struck && (state === 'open' || state === 'interrupted');
		$('air').hidden = !shown;
		if (!shown)
			return;
		setText($('air-label'), q.live ? words.air : words.airLast);
		setText($('air-wording'), q.wording);
		setText($('air-credit'), q.credit);
		if (q.live)
			$('air').dataset.live = '';
		else
			delete $('air').dataset.live;
	};

	const drawState = () => {
		const taken = state === 'collecting' || state === 'open' || state === 'interrupted';
		body.dataset.state = state;
		setText($('state'), words[state]);
		setText($('lead'), words['lead' + state[0].toUpperCase() + state.slice(1)]);
		$('pause').hidden = state !== 'interrupted';
		$('ask-open').hidden = $('ask-link').hidden = !taken;
		$('ask-shut').hidden = taken;
		setText($('ask-shut'), state === 'preparing' ? words.askSoon : words.askClosed);
		setText($('empty'), state === 'open' || state === 'interrupted' ? words.emptyOpen : words.empty);
	};

	let drawn = false;

	const draw = () => {
		const turns = makeTurns();
		$('empty').hidden = turns.length > 0;
		sync($('flow'), turns, createTurn, updateTurn);
		drawAir();
		drawState();
		drawn = true;
	};

	/* ---- where the reader is: what they read must not move under their eyes ---------------------------------- */

	let glidingUntil = 0;
	const endInSight = () => {
		const top = $('newest').getBoundingClientRect().top;
		return Date.now() < glidingUntil || (top >= 0 && top <= innerHeight);
	};

	/* What to hold still: the field being typed in, the end when it is above, else the first passage in sight. */
	const anchorOf = () => {
		const field = document.activeElement, end = $('newest');
		const typing = field && field.matches('input, textarea'), top = end.getBoundingClientRect().top;
		if (typing && field.getBoundingClientRect().top > top)
			return field;
		if (top < 0)
			return end;
		for (const node of document.querySelectorAll('#flow .question, #flow .said > p, #flow .notice'))
			if (node.getBoundingClientRect().bottom > 60)
				return node;
		return end;
	};

	const keepPlace = (change) => {
		const following = endInSight(), anchor = anchorOf(), before = anchor.getBoundingClientRect().top;
		const length = $('flow').offsetHeight;
		change();
		if (following && !anchor.matches('input, textarea')) {
			const over = $('newest').getBoundingClientRect().bottom + 12 - innerHeight;
			if (over > 0) {
				glidingUntil = calm.matches ? 0 : Date.now() + 700;
				scrollTo({ top: scrollY + over, behavior: calm.matches ? 'auto' : 'smooth' });
			}
			return;
		}
		if (anchor.isConnected)
			scrollBy(0, anchor.getBoundingClientRect().top - before);
		if ($('flow').offsetHeight > length && $('newest').getBoundingClientRect().top > innerHeight)
			$('below').hidden = false;
	};

	let drawTimer = 0;
	const drawSoon = () => {
		if (!drawTimer)
			drawTimer = setTimeout(() => {
				drawTimer = 0;
				keepPlace(draw);
			}, 60);
	};

	const watchEnd = () => {
		if (!window.IntersectionObserver)
			return;
		new IntersectionObserver((seen) => {
			if (seen[seen.length - 1].isIntersecting)
				$('below').hidden = true;
		}).observe($('newest'));
	};

	/* ---- said aloud: questions, notices and states at once; passages as a count, now and then ---------------- */

	let passages = 0, spokenAt = 0;
	const aloud = (text) => {
		setText($('aloud'), text);
		spokenAt = Date.now();
	};
	const countAloud = () => {
		if (passages > 0 && Date.now() - spokenAt > 30000) {
			aloud(say('sayMore', passages));
			passages = 0;
		}
	};

	/* ---- the link -------------------------------------------------------------------------------------------- */

	const EVENTS = Object.keys(heard);
	let source = null, up = false, failures = 0, newsAt = 0, checkedAt = Date.now(), lostTimer = 0, wake = null;

	const drawLink = () => {
		const minutes = Math.floor((Date.now() - newsAt) / 60000);
		const age = minutes > 120 ? '' : ' · ' + (minutes < 1 ? words.newsNow : say('newsAgo', minutes));
		$('link').dataset.up = up ? 'yes' : 'no';
		setText($('link'), state === 'ended' && up ? '' : (up ? words.linkUp : words.linkLost) + age);
	};

	const linkUp = () => {
		clearTimeout(lostTimer);
		lostTimer = 0;
		failures = 0;
		up = true;
		checkedAt = Date.now();
		drawLink();
	};

	/* A break that heals within seconds is nobody's business. */
	const linkDown = () => {
		if (!lostTimer)
			lostTimer = setTimeout(() => {
				up = false;
				drawLink();
			}, 4000);
	};

	const readTranscript = async () => {
		const r = await fetch(address + '/transcript', { cache: 'no-cache' });
		if (!r.ok)
			throw new Error(String(r.status));
		return r.json();
	};

	/* The next try waits longer each time, and never as long as the neighbour's; coming back to the page ends the
	 * wait. */
	const retry = async (anew) => {
		linkDown();
		const pause = Math.min(60000, 1000 * 2 ** failures++);
		await Promise.race([later(jitter(pause)), new Promise((resolve) => { wake = resolve; })]);
		wake = null;
		if (anew) {
			try {
				takeTranscript(await readTranscript());
			} catch (e) {
				retry(true);
				return;
			}
		}
		follow();
	};

	const follow = () => {
		const mySource = source = new EventSource(address + '/live?since=' + encodeURIComponent(since));
		for (const type of EVENTS)
			source.addEventListener(type, (ev) => {
				checkedAt = Date.now();
				hear(type, ev.lastEventId, ev.data);
			});
		source.onopen = linkUp;
		source.onerror = () => {
			/* Refused (410: another epoch): all anew. Broken off: on from where we are. */
			const refused = mySource.readyState === EventSource.CLOSED;
			mySource.close();
			if (source === mySource) {
				source = null;
				retry(refused);
			}
		};
	};

	/* A stream that is silent for long may be dead without knowing: ask, and begin anew if something was missed. */
	const checkSilence = async () => {
		if (!source || document.hidden || state === 'ended' || Date.now() - checkedAt < jitter(180000))
			return;
		checkedAt = Date.now();
		try {
			const t = await readTranscript();
			if (t.since === since || !source)
				return;
			source.close();
			source = null;
			takeTranscript(t);
			follow();
		} catch (e) {
			/* the stream will say so itself */
		}
	};

	const comeBack = () => {
		if (!document.hidden && wake)
			setTimeout(() => wake && wake(), jitter(500));
	};

	/* ---- asking ---------------------------------------------------------------------------------------------- */

	const hex = (b) => b.toString(16).padStart(2, '0');
	const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), hex).join('');
	let sendingId = newId(); // the same for every try of one text: it is kept once

	const post = async (message) => {
		const abort = new AbortController(), timer = setTimeout(() => abort.abort(), 20000);
		try {
			const r = await fetch('/v1/messages', { method: 'POST',
				headers: { 'Content-Type': 'application/json', 'Accept-Language': document.documentElement.lang },
				body: JSON.stringify(message), signal: abort.signal, credentials: 'same-origin' });
			const answer = await r.json();
			if (r.ok)
				return answer;
			throw Object.assign(new Error(), { told: r.status < 500 ? answer.detail : '' });
		} finally {
			clearTimeout(timer);
		}
	};

	const send = async (ev) => {
		ev.preventDefault();
		const text = $('ask-text').value.trim(), button = $('ask-send'), told = $('ask-told');
		if (!text) {
			setText(told, words.sendEmpty);
			$('ask-text').focus();
			return;
		}
		button.disabled = true;
		setText(button, words.sending);
		setText(told, '');
		try {
			const answer = await post({ text, name: $('ask-name').value.trim(), room, id: sendingId });
			sendingId = newId();
			$('ask-text').value = '';
			memory.set('draft', '');
			setText(told, words.sent);
			keepMine({ receipt: answer.receipt, text: Array.from(text).slice(0, 160).join('') });
		} catch (e) {
			setText(told, e.told || words.sendFailed);
		}
		button.disabled = false;
		setText(button, words.send);
	};

	const watchForm = () => {
		const text = $('ask-text');
		$('ask-form').noValidate = true;
		$('ask-form').addEventListener('submit', send);
		if (!text.value)
			text.value = memory.get('draft', '');
		if (!$('ask-name').value)
			$('ask-name').value = memory.get('name', '');
		text.addEventListener('input', () => memory.set('draft', text.value));
		text.addEventListener('change', () => { sendingId = newId(); });
		$('ask-name').addEventListener('change', () => memory.set('name', $('ask-name').value));
	};

	/* ---- one's own questions --------------------------------------------------------------------------------- */

	const FATES = { // words, and how far on the way
		'waiting': ['fateWaiting', 0],
		'being read': ['fateRead', 1],
		'in the rundown': ['fateRundown', 2],
		'aired': ['fateAired', 3],
		'answered': ['fateAnswered', 4],
		'not kept': ['fateNotKept', -1],
		'unknown': ['unknown', -1],
	};
	const STEPS = ['stepWaiting', 'stepRead', 'stepRundown', 'stepAired', 'stepAnswered'];
	const FINAL = ['answered', 'not kept', 'unknown'];

	const keepMine = (m) => {
		mine = [m].concat(mine.filter((x) => x.receipt !== m.receipt)).slice(0, MINE_MAX);
		memory.set('mine', mine);
		drawMine();
	};

	const makeSteps = (now) => {
		const list = make('ol', 'steps');
		list.setAttribute('aria-label', words.steps);
		STEPS.forEach((step, i) => {
			const li = make('li', i <= now ? 'passed' : '', words[step]);
			if (i === now)
				li.setAttribute('aria-current', 'step');
			list.append(li);
		});
		return list;
	};

	const fillMine = (node, m) => {
		const { fate, question } = fates.get(m.receipt) || m;
		const [word, step] = FATES[fate] || FATES.waiting;
		const print = [fate, question, questions.has(question)].join();
		if (node.dataset.print === print)
			return;
		node.dataset.print = print;
		node.textContent = '';
		if (m.text)
			node.append(make('p', 'mine-text', m.text));
		const line = make('p', 'fate-word');
		line.append(make('strong', '', words[word]));
		node.append(line);
		if (step >= 0)
			node.append(makeSteps(step));
		if (questions.has(question)) {
			const a = make('a', '', words.seeAnswer), p = make('p');
			a.href = '#q-' + question;
			p.append(a);
			node.append(p);
		}
		const foot = make('p', 'hint mine-foot'), receipt = make('span', '', words.receipt + ' ');
		const forget = make('button', 'plain', words.forget);
		receipt.append(make('code', '', m.receipt));
		forget.type = 'button';
		forget.addEventListener('click', () => {
			mine = mine.filter((x) => x.receipt !== m.receipt);
			memory.set('mine', mine);
			drawMine();
			$('mine-receipt').focus();
		});
		foot.append(receipt, ' ', forget);
		node.append(foot);
	};

	const drawMine = () => {
		sync($('mine-list'), mine.map((m) => ({ key: m.receipt, m })), () => make('div', 'fate'),
			(node, { m }) => fillMine(node, m));
		$('mine-form').hidden = mine.length > 0;
		drawSoon();
	};

	const askFate = async (m) => {
		const r = await fetch('/v1/messages/' + encodeURIComponent(m.receipt), { cache: 'no-cache',
			credentials: 'same-origin' });
		if (r.status === 404)
			return { fate: 'unknown' };
		if (!r.ok)
			throw new Error(String(r.status));
		return r.json();
	};

	const pollMine = async () => {
		for (;;) {
			for (const m of document.hidden ? [] : mine.slice()) {
				if (FINAL.includes((fates.get(m.receipt) || m).fate))
					continue;
				try {
					const { fate, question } = await askFate(m);
					fates.set(m.receipt, { fate, question: question || '' });
					drawMine();
				} catch (e) {
					break; /* the next round will */
				}
			}
			await later(jitter(POLL_MS));
		}
	};

	const readMine = () => {
		const receipt = $('mine').dataset.receipt, told = $('fate');
		if (receipt && !mine.some((m) => m.receipt === receipt))
			keepMine({ receipt, text: '' });
		if (receipt && told)
			told.remove();
		if (mine.length)
			drawMine();
	};

	const newestOf = (list) => list.reduce((at, x) => Math.max(at, x.at || 0), 0);

	/* ---- begin ----------------------------------------------------------------------------------------------- */

	for (const node of document.querySelectorAll('time'))
		setTime(node, Date.parse(node.dateTime));
	readPage();
	newsAt = Math.max(newestOf(segments), newestOf([...questions.values()]), newestOf([...notices.values()]));
	drawn = true;
	watchEnd();
	watchForm();
	readMine();
	pollMine();
	if (window.EventSource)
		follow();
	setInterval(() => {
		drawLink();
		countAloud();
		checkSilence();
	}, 10000);
	document.addEventListener('visibilitychange', comeBack);
	addEventListener('online', comeBack);
	addEventListener('pageshow', comeBack);
})();
