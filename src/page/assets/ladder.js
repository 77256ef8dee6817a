/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ladder: time runs down, a segment is an arrow from one end's lifeline to the
 * other's, the states of RFC 9293 stand beside the lifelines, system calls of the traced
 * program in a column of their own; where there is no room for that, in between. Data:
 * { connections, events, columns, besides, fields, details, frames_packed, heads, heads_packed,
 * brief, left_out, together }, as page/ladder_json.c writes it.
 */
(() => {
	const { el, svg, duration, seconds, many, short, broken, tag_class } =
		tcpcraft;
	const { ALL, connections_of, expanded, usual_pause, ends_of_all, events_of } = tcpcraft.events;

	const TIME = 86, STATES = 128, CALLS = 270;	/* columns, px */
	const WIDE = 600, EDGE = 14, PILL = 19;
	const LETTER = 7.25, SMALL = 6.7;		/* widths in our two sizes of type */
	const LINE = 15, ARROW = 40, SLANT = 9, LINES = 4, GAP = 24;
	const PAGE_STEP = 10;

	const phases = {
		"SYN-SENT": "open", "SYN-RECEIVED": "open", "LISTEN": "open",
		"ESTABLISHED": "established",
		"FIN-WAIT-1": "close", "FIN-WAIT-2": "close", "CLOSE-WAIT": "close",
		"CLOSING": "close", "LAST-ACK": "close", "TIME-WAIT": "wait",
	};
	const phase = (state) => phases[state] || "closed";

	/* What a segment mostly is: its colour. */
	function sort_of(e) {
		if (e.kind !== "tcp")
			return e.kind === "icmp" ? "odd" : "plain";
		return /R/.test(e.flags) ? "reset" : /S/.test(e.flags) ? "open" :
		       /F/.test(e.flags) ? "close" : e.length ? "data" : "plain";
	}

	/* "S." is "SYN ACK" to who has not met tcpdump. */
	const flag_names = { S: "SYN", F: "FIN", R: "RST", P: "PSH", U: "URG", E: "ECE",
			     W: "CWR", ".": "ACK" };
	const flags_of = (e) => e.flags === "none" ? "no flags" :
		[...e.flags].map((f) => flag_names[f] || f).join(" ");

	const tags_of = (e) => (e.tags || []).filter((t) => !t.startsWith("checksum_"))
		.concat(e.bad_sum || []);

	function numbers(e) {
		let text = `seq ${e.seq}`;

		if (e.length)
			text += `:${e.seq + e.length} (${e.length})`;
		if (e.ack !== undefined)
			text += ` ack ${e.ack}`;
		return `${text} win ${e.window}`;
	}

	/* Lines below the arrow: [class, text]. */
	function below(e, g) {
		return told_below(e, g).flatMap(([kind, text]) => kind === "payload" ?
			[[kind, short(text, g.room / SMALL)]] :
			broken(text, g.room / SMALL, LINES).map((line) => [kind, line]));
	}

	/* What stands above the arrow behind the flags; else below it. */
	const fits = (e, g) =>
		(of(e, g) + flags_of(e) + numbers(e)).length + 1 < g.room / LETTER;
	const of = (e, g) => g.all && e.connection ? `[${e.connection}] ` : "";

	/* Of two captures: what became of a segment on its way, and when it was there. */
	const fates = { lost: "lost on its way", doubled: "arrived once more than it was sent",
			path: "by the path: that end never sent it" };
	const arrival = (e) => `at the ${["server", "client"][e.from]} ` +
		`${seconds(e.arrived_ns)} (${duration(e.arrived_ns - e.time_ns)})`;

	function told_below(e, g) {
		const lines = [];

		if (e.kind === "tcp" && !fits(e, g))
			lines.push(["numbers", numbers(e)]);
		if (e.options && /S/.test(e.flags || ""))
			lines.push(["dim", `<${e.options}>`]);
		if (e.payload)
			lines.push(["payload", e.payload]);
		if (e.surgery)
			lines.push(["changed", `✎ ${e.surgery}`]);
		for (const m of e.mutations || [])
			lines.push(["changed", `✎ ${m.field} ${m.from} → ${m.to}`]);
		if (fates[e.fate])
			lines.push(["bad", fates[e.fate]]);
		if (e.arrived_ns !== undefined)
			lines.push(["dim", arrival(e)]);
		if (e.origin === "kernel")
			lines.push(["bad", "sent by this host's kernel"]);
		if (tags_of(e).length)
			lines.push([tags_of(e).every((t) => tag_class(t) === "calm") ?
				    "calm" : "trouble",
				    tags_of(e).join(" · ").replaceAll("_", " ")]);
		if (e.note)
			lines.push(["note", e.note]);
		return lines;
	}

	function height(e, g) {
		const sides = [0, 0];

		for (const c of (!g.all && e.changes) || [])
			sides[c.side]++;
		const pills = Math.max(...sides) * PILL;
		if (e.kind === "call")
			return 21;
		if (e.kind === "state")
			return Math.max(pills + 8, 24);
		const lines = ARROW + below(e, g).length * LINE + 4;

		return g.narrow ? lines + pills : Math.max(lines, pills + 20);
	}

	/* Where the columns are in so many pixels. */
	function geometry(view, width) {
		const end = (most) => seconds(view.events.reduce((n, e) => most(n, e.time_ns), 0));
		const longest = Math.max(end(Math.max).length, end(Math.min).length) *
			LETTER + 16;
		const calls = view.events.some((e) => e.kind === "call");
		const g = { all: view.all, w: width, narrow: width < WIDE };

		g.beside = calls && width >= WIDE + CALLS;	/* else calls have no column, */
		g.over = calls && !g.beside;			/* and are written over the lifelines */
		g.time = g.narrow ? longest : Math.max(TIME, longest);
		g.states = g.narrow ? EDGE : STATES;
		g.x = [g.time + (g.narrow ? 0 : STATES), width - g.states - (g.beside ? CALLS : 0)];
		g.middle = (g.x[0] + g.x[1]) / 2;
		g.room = g.x[1] - g.x[0] - 20;
		g.life = [[6, null], [6, null]];		/* from where, in which state */
		return g;
	}

	/* The two ends that an event is between. */
	tcpcraft.ends = (view, e) => {
		const c = view.connections.get(e.connection);

		return c && c.left ? [c.left, c.right] : ["one host", "another"];
	};

	/* ---- one connection drawn -------------------------------------------------- */

	function draw(view, width) {
		const g = geometry(view, width);
		const parts = { rows: svg("g"), lives: svg("g", { class: "lives" }),
				breaks: svg("g", { class: "lives" }) };

		const rows = [], y = places(view, g, rows);

		for (const r of rows) {
			for (const s of r.states)
				life(g, parts, s.side, s.y + 8, s.c.to);
			if (r.gap)
				pause(g, parts, r);
		}
		for (const side of [0, 1])
			life(g, parts, side, y + 14, null);
		const drawing = svg("svg", { width, height: y + 20, role: "listbox",
			"aria-label": "segments" },
			g.over ? [parts.lives, parts.rows] : [parts.rows, parts.lives], parts.breaks);

		view.x = g.x;
		view.rows = new Map(rows.map((r) => [r.e.number, r]));
		view.drawn = tcpcraft.rows(drawing, parts.rows, rows, (r) => row(view, g, r));
		return [ends_bar(view, g), drawing];
	}

	/* Where each event's row is; where the last one ends. */
	function places(view, g, rows) {
		let y = 6, top = y, before = null, segment = null;

		for (const e of view.events) {
			const beside = view.column && g.beside && e.kind === "call" && before &&
				before.kind !== "call" && e.time_ns === before.time_ns;
			const r = { e, beside, h: height(e, g), before: beside ? null : segment,
				    n: rows.length + 1, all: view.events.length };

			r.gap = beside ? "" : gap(view, e, before);
			y += r.gap ? GAP : 0;
			r.y = beside ? top : y;		/* a script's line, and its segment */
			r.states = view.all ? [] : states(g, e, r.y);
			rows.push(r);
			if (beside)
				continue;
			top = y;
			y += r.h;
			before = e;
			if (e.kind !== "call")
				segment = e;
		}
		return y;
	}

	/* The lifeline of a side down to y, and its state from there on. */
	function life(g, parts, side, y, state) {
		const [from, old] = g.life[side], x = g.x[side];

		parts.lives.append(svg("line", { x1: x, x2: x, y1: from, y2: y,
						 class: `life ${old ? phase(old) : "none"}` }));
		g.life[side] = [y, state];
	}

	/* Silence worth a look, and what is not on this page. */
	function gap(view, e, before) {
		const silence = before ? e.time_ns - before.time_ns : 0;

		if (e.left_out_before)
			return `${many(e.left_out_before, "event")} of this run not on this page`;
		return silence > 5e6 && silence > 12 * view.usual ? duration(silence) : "";
	}

	function pause(g, parts, r) {
		const y = r.y - GAP;

		for (const x of g.x)
			parts.breaks.append(svg("line", { x1: x, x2: x, y1: y + 2, y2: y + 22,
							class: "break" }));
		parts.breaks.append(svg("text", { x: g.middle, y: y + 16, class: "pause",
						  "text-anchor": "middle" }, r.gap));
	}

	function row(view, g, { e, before, y, h, beside, states: changes, n, all }) {
		const left = beside ? g.x[1] + STATES - 6 : 0;
		const node = svg("g", {
			class: `row ${e.kind}`, id: `e${view.id}-${e.number}`, role: "option",
			tabindex: e === view.chosen ? 0 : -1, "data-number": e.number,
			"aria-selected": String(e === view.chosen), "aria-posinset": n,
			"aria-setsize": all, "aria-label": label(view, e),
			onclick: () => view.select(e, false),
		}, svg("rect", { x: left, y, width: g.w - left, height: h, class: "back" }),
		   !beside && svg("text", { x: g.time - 8, y: y + 16, class: "time" },
				  seconds(e.time_ns)));

		if (before && e.kind !== "call" && e.time_ns - before.time_ns > 0)
			node.append(svg("text", { x: g.time - 8, y: y + 30, class: "delta" },
					`+${duration(e.time_ns - before.time_ns)}`));
		if (e.kind === "call")
			call(g, node, e, y);
		else if (e.kind !== "state")
			arrow(g, node, e, y);
		else if (e.note)
			node.append(svg("text", { x: g.middle, y: y + 16, class: "note",
						  "text-anchor": "middle" }, e.note));
		node.append(...changes.map((s) => pill(g, s)));
		return node;
	}

	function label(view, e) {
		const ends = tcpcraft.ends(view, e);
		const text = e.kind === "call" ? e.text : e.kind === "state" ?
			(e.changes || []).map((c) => `${c.from} to ${c.to}`).join(", ") :
			`from ${ends[e.from]}: ${e.line}`;

		return `${seconds(e.time_ns)} s ${text}`;
	}

	function arrow(g, node, e, y) {
		const sort = sort_of(e), way = e.from ? -1 : 1;
		const lost = e.fate === "lost" ||
			(e.tags || []).some((t) => t === "not-sent" || t === "unseen");
		const from = e.fate === "path" ? g.middle : g.x[e.from], to = g.x[1 - e.from];
		const x2 = lost ? (from + to) / 2 + way * 60 : to - way * 4;
		const y1 = y + 21, y2 = y1 + SLANT * Math.abs((x2 - from) / (to - from));
		const kernel = e.origin === "kernel";
		const kinds = `wire ${sort}${kernel ? " kernel" : ""}${lost ? " lost" : ""}`;

		node.append(svg("line", { x1: from, y1, x2, y2, class: kinds }));
		if (lost)
			node.append(svg("path", { class: `cross ${sort}`, d:
				`M${x2 - 5} ${y2 - 5}l10 10m0 -10l-10 10` }));
		else
			node.append(svg("path", { class: `head ${sort}`, d:
				`M${to} ${y2}l${-way * 9} -4.5l0 9z` }));
		if (e.kind === "tcp")
			node.append(svg("text", { x: g.middle, y: y + 15, class: "what",
						  "text-anchor": "middle" }, of(e, g),
				svg("tspan", { class: `flags ${sort}` }, flags_of(e)),
				fits(e, g) && ` ${numbers(e)}`));
		else
			node.append(svg("text", { x: g.middle, y: y + 15, class: "what",
						  "text-anchor": "middle" },
					short(e.line || "", g.room / LETTER)));
		below(e, g).forEach(([kind, text], i) => node.append(
			svg("text", { x: g.middle, y: y + ARROW + 4 + i * LINE,
				      class: `below ${kind}`, "text-anchor": "middle" },
			    short(text, g.room / SMALL))));
	}

	/* The pills beside the lifelines: on top for who sends, below for who receives. On a
	 * narrow page between them, below all else. */
	function states(g, e, y) {
		const under = g.narrow && e.kind !== "state" ?
			ARROW - 6 + below(e, g).length * LINE : 8;
		const at = [y + under, y + under];

		if (!g.narrow && e.kind !== "state" && e.kind !== "call")
			at[1 - e.from] += SLANT + 4;
		return (e.changes || []).map((c) => {
			at[c.side] += PILL;
			return { c, side: c.side, y: at[c.side] - PILL };
		});
	}

	function pill(g, { c, side, y }) {
		const w = c.to.length * 6.6 + 14, right = g.narrow ? !side : side;
		const x = right ? g.x[side] + 10 : g.x[side] - 10 - w;
		const why = c.clause || "inferred from the wire";

		return svg("g", { class: `state ${phase(c.to)}${c.inferred ? " inferred" : ""}` },
			   svg("title", {}, `${c.from || "?"} → ${c.to}: ${why}`),
			   svg("rect", { x, y, width: w, height: 16, rx: 8 }),
			   svg("text", { x: x + w / 2, y: y + 12, "text-anchor": "middle" }, c.to));
	}

	/* A call without the middle of its arguments, but with its result. */
	function short_call(text, most) {
		const at = text.lastIndexOf(" = ");

		if (text.length <= most || at < 0 || text.length - at > most / 2)
			return short(text, most);
		return short(text.slice(0, at), most - (text.length - at)) + text.slice(at);
	}

	function call(g, node, e, y) {
		const x = g.beside ? g.x[1] + STATES : g.time;
		const took = e.duration_ns > 1e6 ? `  ${duration(e.duration_ns)}` : "";
		const room = (g.w - x - 8) / SMALL - took.length;

		node.append(g.beside ? svg("line", { x1: g.x[1] + 4, x2: x - 6, y1: y + 11,
						     y2: y + 11, class: "tie" }) : "",
			    svg("text", { x, y: y + 15, class: "call" },
				svg("title", {}, e.text),
				short_call(`${e.about ? "~" : ""}${e.text}`, room) + took));
	}

	/* ---- the section: choice of connection, ladder, details, plot --------------- */

	let ladders = 0;

	/* Of a saved drawing: the ends above their lifelines, as far as there is room. */
	const heads = ({ x, connection: c, width }) => [c.left, c.right].map((end, side) =>
		width < WIDE ? [side ? width - EDGE : EDGE, end, side ? "end" : "start"] :
			       [x[side], end, "middle"]);

	/* Was a SYN captured, or an answer to one? Else who spoke first may have opened or not. */
	const opened = (view) => view.all || view.connection.outcome === "refused" ||
		view.events.some((e) => /S/.test(e.flags || ""));

	function ends_bar(view, g) {
		const bar = el("div", { class: `ends${g.narrow ? " narrow" : ""}` });
		const c = view.connection;
		const who = c.live ? ["tcpcraft", "peer"] : view.both ? ["client", "server"] :
			[opened(view) ? "opened by" : "first heard", "to"];

		[c.left, c.right].forEach((end, side) => {
			const node = el("div", { class: "end" }, el("small", {}, who[side]), end);

			if (!g.narrow)
				node.style.left = `${g.x[side]}px`;
			bar.append(node);
		});
		if (g.beside) {
			const node = el("div", { class: "end calls" }, view.column ||
					[el("small", {}, "system calls"), "of the peer"]);

			node.style.left = `${g.x[1] + STATES}px`;
			bar.append(node);
		}
		return bar;
	}

	tcpcraft.ladder = (stage, data) => {
		const pane = el("div", { class: "pane" });
		const detail = el("div", { class: "detail", role: "region", tabindex: -1,
					   "aria-label": "the chosen segment" });
		const plot = el("div", { class: "plot" });
		const { events, frame } = expanded(data);

		data.events = events;
		data.connections = connections_of(data);
		const by_number = new Map(data.connections.map((c) => [c.number, c]));
		const view = { id: ++ladders, fields: data.fields, frame,
			       connections: by_number, column: data.column,
			       both: data.both };
		const side = tcpcraft.side([["bytes and fields", detail], ["plot", plot]]);

		view.select = (e, focus = true) => {
			const now = view.drawn.at(view.rows.get(e.number));

			for (const old of pane.querySelectorAll('[aria-selected="true"]')) {
				old.setAttribute("tabindex", -1);
				old.setAttribute("aria-selected", "false");
			}
			view.chosen = e;
			now.setAttribute("tabindex", 0);
			now.setAttribute("aria-selected", "true");
			if (focus) {
				now.focus({ preventScroll: true });
				now.scrollIntoView({ block: "nearest" });
			}
			tcpcraft.detail(detail, e, view);
			tcpcraft.plot_select(plot, e, view);
			stage.dataset.chosen = e.number;
		};
		view.save_svg = () => {
			view.drawn.all();
			tcpcraft.save("ladder.svg", "image/svg+xml",
				      tcpcraft.svg_text([...pane.querySelectorAll("svg")],
							heads(view)));
			view.drawn.look();
		};
		view.save_text = () => tcpcraft.save("run.md", "text/markdown",
						     tcpcraft.markdown_text(view));

		function redraw() {
			const width = pane.clientWidth || 700;

			view.width = width;
			pane.replaceChildren(...draw(view, width));
			view.drawn.look();
		}

		function show(number) {
			view.all = number === ALL;
			view.connection = view.all ? ends_of_all(data) :
				by_number.get(number);
			view.events = events_of(data, number);
			view.usual = usual_pause(view.events);
			view.chosen = null;
			redraw();
			plot.hidden = view.all;		/* numbers of several count nothing */
			if (!view.all)
				tcpcraft.plot(plot, view);
			if (view.events.length)
				view.select(view.events.find((e) => e.frame !== undefined) ||
					    view.events[0], false);
		}

		function step(by) {
			const all = view.events, at = all.indexOf(view.chosen);
			const to = Math.max(0, Math.min(all.length - 1, at + by));

			if (all[to])
				view.select(all[to]);
		}

		const keys = {
			ArrowDown: () => step(1), j: () => step(1),
			ArrowUp: () => step(-1), k: () => step(-1),
			PageDown: () => step(PAGE_STEP), PageUp: () => step(-PAGE_STEP),
			Home: () => step(-Infinity), End: () => step(Infinity),
			Enter: () => detail.focus(), " ": () => detail.focus(),
		};
		pane.addEventListener("keydown", (k) => {
			if (k.ctrlKey || k.metaKey || k.altKey || !keys[k.key])
				return;
			k.preventDefault();
			keys[k.key]();
		});
		detail.addEventListener("keydown", (k) => {
			if (k.key === "Escape" && view.chosen)
				view.select(view.chosen);
		});

		data.events = events;
		stage.classList.add("ladder");
		tcpcraft.say(tcpcraft.summary(data));
		if (data.events.some((e) => e.kind === "call"))
			stage.classList.add("with-calls");
		stage.append(tcpcraft.toolbar(data, view, show, ALL), pane, side);
		if (!data.connections.length) {
			pane.append(el("p", { class: "dim" }, "No segment was seen."));
			return;
		}
		show(data.together && data.connections.length > 1 ? ALL :
		     data.connections[0].number);
		new ResizeObserver(() => {
			if (Math.abs(pane.clientWidth - view.width) < 2)
				return;
			const chosen = view.chosen;
			redraw();
			view.chosen = null;
			if (chosen)
				view.select(chosen, false);
		}).observe(pane);
	};

	tcpcraft.kind("ladder", tcpcraft.ladder);
})();
