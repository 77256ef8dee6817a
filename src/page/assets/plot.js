/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time-sequence plot of one direction: data as bars over time, the acknowledgment as a
 * staircase below it, the edge of the offered window above it (after Stevens and tcptrace);
 * below that what was in flight, which is what the sender's congestion window let out, that window
 * where a TCP told it, and the round trips that the acknowledgments show.
 */
(() => {
	const { el, svg, duration } = tcpcraft;
	const H = 210, RIGHT = 14, TOP = 12, BOTTOM = 26;
	const STRIP = 58, STRIP_TOP = 18;		/* of what is below the plot, px */
	const REACH = 14;				/* of a click, px */
	const LETTER = 7, LABEL = 110;			/* of the ticks, px */
	const EACH = 2000;				/* that are drawn one by one */

	/* A step of 1, 2 or 5 times a power of ten that gives at most n of them. */
	function tick(range, n) {
		const raw = Math.max(range, 1) / n, ten = 10 ** Math.floor(Math.log10(raw));

		return [1, 2, 5, 10].map((m) => m * ten).find((s) => s >= raw);
	}

	function ticks(range, n) {
		const step = tick(range, n), all = [];

		for (let v = 0; v <= range; v += step)
			all.push(v);
		return all;
	}

	/* Sequence numbers count from the ISN; what was before wraps far above. */
	const sane = (n) => n < 0x80000000;

	function scale_of(view, from) {
		const both = [0, 1].map((side) => view.events.find((e) => e.from === side &&
			/S/.test(e.flags || "") && e.wscale !== undefined));

		return both[0] && both[1] ? both[from].wscale : 0;
	}

	/* Data of one side, and what the other acknowledges and allows. */
	function gather(view, side, by_order) {
		const shift = scale_of(view, 1 - side), out = { data: [], acks: [], sacks: [] };
		const segments = view.events.filter((e) => e.kind === "tcp");

		segments.forEach((e, i) => {
			const x = by_order ? i : e.time_ns;

			if (e.from === side && sane(e.seq)) {
				const syn = /[SF]/.test(e.flags) ? 1 : 0;

				if (e.length || syn)
					out.data.push({ x, e, from: e.seq,
							to: e.seq + e.length + syn });
			} else if (e.from !== side && e.ack !== undefined && sane(e.ack)) {
				const syn = /S/.test(e.flags);

				out.acks.push({ x, e, ack: e.ack,
						edge: e.ack + e.window * (syn ? 1 : 2 ** shift) });
				for (const [left, right] of e.sack || [])
					if (sane(left) && sane(right))
						out.sacks.push({ x, e, from: left, to: right });
			}
		});
		const xs = segments.map((e, i) => by_order ? i : e.time_ns);
		out.x0 = xs.length ? Math.min(xs[0], xs[xs.length - 1]) : 0;
		out.x1 = xs.reduce((a, b) => Math.max(a, b), out.x0 + 1);
		return out;
	}

	/* Intervals that are apart and in order, with one more, and without what is below `from`. */
	function united(list, [left, right], from) {
		const out = [];

		for (const [l, r] of [...list, [left, right]].sort((a, b) => a[0] - b[0])) {
			const last = out[out.length - 1];

			if (last && l <= last[1])
				last[1] = Math.max(last[1], r);
			else if (r > from)
				out.push([Math.max(l, from), r]);
		}
		return out;
	}

	/* The first interval from `low` on that ends above seq. */
	function first_above(list, low, seq) {
		let high = list.length;

		while (low < high) {
			const middle = (low + high) >> 1;

			if (list[middle].to <= seq)
				low = middle + 1;
			else
				high = middle;
		}
		return low;
	}

	/* Of many points what can be told apart: of each pixel's width the first and the last,
	 * the least and the greatest. */
	function thin(points, x, key) {
		if (points.length <= EACH)
			return points;
		const out = [];

		for (let i = 0, k; i < points.length; i = k) {
			const px = Math.round(x(points[i].x));
			let least = i, most = i;

			for (k = i + 1; k < points.length && Math.round(x(points[k].x)) === px; k++) {
				least = points[k][key] < points[least][key] ? k : least;
				most = points[k][key] > points[most][key] ? k : most;
			}
			out.push(...[...new Set([i, least, most, k - 1])].sort((a, b) => a - b)
				.map((n) => points[n]));
		}
		return out;
	}

	/* Very many intervals as one path: what falls on the same pixels is drawn once. */
	function crowd(list, x, y, kind) {
		const strokes = new Set(list.map((p) => `M${Math.round(x(p.x))} ` +
			`${Math.round(y(p.from))}V${Math.round(Math.min(y(p.to), y(p.from) - 1))}`));

		return svg("path", { class: kind, d: [...strokes].join("") || "M0 0" });
	}

	const sent_again = (e) => (e.tags || []).some((t) => t.includes("retransmission"));

	/* What is in flight (sent, and neither acknowledged nor in a block of SACK, as the pipe of
	 * RFC 6675 has it but for what is given up), what is offered, the sender's congestion window
	 * where it was told, what was sent again, and round trips: of each acknowledgment that of
	 * the newest data that it takes, if that was sent once only (Karn; RFC 6298 3). */
	function measure(view, side, by_order) {
		const shift = scale_of(view, 1 - side), out = { flight: [], window: [], rtt: [],
								cwnd: [], again: new Set() };
		const waiting = [];		/* apart and in order; before `first`: acknowledged */
		let next = 0, acked = 0, first = 0, sacked = [];

		view.events.filter((e) => e.kind === "tcp").forEach((e, i) => {
			const x = by_order ? i : e.time_ns;
			const to = e.seq + e.length + (/[SF]/.test(e.flags) ? 1 : 0);

			if (e.cwnd && e.cwnd[side])
				out.cwnd.push({ x, e, value: e.cwnd[side] });
			if (e.left_out_before)	/* when that went out nobody knows */
				first = waiting.length;
			if (e.from === side && sane(e.seq) && to > e.seq) {
				if (sent_again(e) || e.seq < Math.min(acked, next))
					out.again.add(e);
				for (let k = first_above(waiting, first, e.seq);
				     k < waiting.length && waiting[k].from < to; k++) {
					waiting[k].again = true;
					out.again.add(e);
				}
				if (e.seq >= next)
					waiting.push({ from: e.seq, to, at: e.time_ns });
				next = Math.max(next, to);
			} else if (e.from !== side && e.ack !== undefined && sane(e.ack)) {
				let taken = null;

				for (; first < waiting.length && waiting[first].to <= e.ack; first++)
					taken = waiting[first].again ? taken : waiting[first];
				if (taken && e.ack > acked)
					out.rtt.push({ x, e, value: e.time_ns - taken.at });
				acked = Math.max(acked, e.ack);
				for (const block of [[0, acked], ...e.sack || []])
					if (sane(block[0]) && sane(block[1]))
						sacked = united(sacked, block, acked);
				out.window.push({ x, e, value: e.window *
						  (/S/.test(e.flags) ? 1 : 2 ** shift) });
			} else {
				return;
			}
			const left = sacked.reduce((n, [l, r]) => n - (r - l), next - acked);

			out.flight.push({ x, e, value: Math.max(left, 0) });
		});
		return out;
	}

	const greatest = (points) => points.reduce((n, p) => Math.max(n, p.value), 0);

	/* A strip of measures over the same time: what is said of them, and the curve of each by its
	 * kind (round trips are dots). What is above `top` is not to be seen. */
	function strip(name, said, top, curves, { x, w, left, x1 }) {
		const y = (v) => STRIP - 3 - Math.min(v, top * 1.1) / (top * 1.1) *
				 (STRIP - STRIP_TOP - 3);
		const dot = (p) => `M${x(p.x)} ${y(p.value)}h.01`;
		const step = (p, i) => i ? `H${x(p.x)}V${y(p.value)}` : `M${x(p.x)} ${y(p.value)}`;
		const curve = (kind, points) => !points.length ? "M0 0" : kind === "rtt" ?
			points.map(dot).join("") : `${points.map(step).join("")}H${x(x1)}`;

		return svg("svg", { width: w, height: STRIP, class: "strip", role: "img",
				    "aria-label": `${name} over time` },
			svg("line", { x1: left, x2: w - RIGHT, y1: y(0), y2: y(0), class: "grid" }),
			svg("text", { x: left, y: 11, class: "strip-name" }, `${name}: ${said}`),
			...Object.entries(curves).map(([kind, all]) =>
				svg("path", { d: curve(kind, thin(all, x, "value")), class: kind })));
	}

	/* What is below the plot. */
	function strips({ flight, window, cwnd, rtt }, place) {
		const bytes = (n) => n.toLocaleString("en");
		const most = (list, say) => list.length ? `at most ${say(greatest(list))}` : "none seen";
		const known = cwnd.length ? `, of a cwnd of ${bytes(greatest(cwnd))}` : "";

		return [strip("in flight", most(flight, (n) => `${bytes(n)} byte${n === 1 ? "" : "s"}`) + known,
			      Math.max(greatest(flight), greatest(cwnd), 1),
			      { edge: window, cwnd, flight }, place),
			strip("round trip", most(rtt, duration), Math.max(greatest(rtt), 1), { rtt }, place)];
	}

	/* The plot as numbers: a row a segment. */
	function table(view, side) {
		const m = measure(view, side, false);
		const at = (list) => new Map(list.map((p) => [p.e.number, p.value]));
		const flight = at(m.flight), window = at(m.window), rtt = at(m.rtt), cwnd = at(m.cwnd);

		return view.events.filter((e) => e.kind === "tcp").map((e) => ({
			number: e.number, time_ns: e.time_ns, from: e.from === side ? "data" : "ack",
			seq: e.seq, length: e.length, ack: e.ack,
			sack: (e.sack || []).map((b) => b.join(":")).join(" "),
			window: window.get(e.number), in_flight: flight.get(e.number),
			cwnd: cwnd.get(e.number),
			rtt_ns: rtt.get(e.number),
			again: m.again.has(e) ? 1 : 0,
		}));
	}
	const COLUMNS = ["number", "time_ns", "from", "seq", "length", "ack", "sack", "window",
			 "in_flight", "cwnd", "rtt_ns", "again"];

	function draw(view, node, state) {
		const d = gather(view, state.side, state.by_order);
		const room = node.clientWidth || node.closest(".side").clientWidth - 2;
		const w = Math.max(room - 2, 280);
		const most = (list, key) => list.reduce((a, p) => Math.max(a, p[key]), 1);
		const top = Math.max(most(d.data, "to"), most(d.acks, "ack"), most(d.sacks, "to"));
		const lines = ticks(top, 4).filter(Number.isInteger);	/* a number has no halves */
		const labels = lines.map((v) => v.toLocaleString("en"));
		const left = 14 + LETTER * labels.reduce((a, t) => Math.max(a, t.length), 4);
		const x = (v) => left + (v - d.x0) / (d.x1 - d.x0) * (w - left - RIGHT);
		const y = (v) => H - BOTTOM - Math.min(v, top * 1.15) / (top * 1.15) *
				 (H - TOP - BOTTOM);
		const out = svg("svg", { width: w, height: H, role: "img", "aria-label":
					 "sequence numbers over time" });

		lines.forEach((v, i) =>
			out.append(svg("line", { x1: left, x2: w - RIGHT, y1: y(v), y2: y(v),
						 class: "grid" }),
				   svg("text", { x: left - 6, y: y(v) + 4, class: "tick",
						 "text-anchor": "end" }, labels[i])));
		for (const v of ticks(d.x1 - d.x0, Math.max(2, (w - left) / LABEL))) {
			const text = state.by_order ? (v + 1).toLocaleString("en") :
				v ? duration(v) : "0";
			const half = text.length * LETTER / 2;

			out.append(svg("text", { x: Math.min(x(d.x0 + v), w - half - 2),
						 y: H - 8, class: "tick",
						 "text-anchor": "middle" }, text));
		}
		out.append(stairs(d.acks, x, y, d.x1, "ack"), stairs(d.acks, x, y, d.x1, "edge"));
		const m = measure(view, state.side, state.by_order);
		const many = d.data.length > EACH, again = (p) => m.again.has(p.e);

		if (d.sacks.length > EACH)
			out.append(crowd(d.sacks, x, y, "sack"));
		else for (const p of d.sacks)
			out.append(svg("line", { x1: x(p.x), x2: x(p.x), y1: y(p.from),
						 y2: Math.min(y(p.to), y(p.from) - 2),
						 class: "sack" },
				       svg("title", {}, `${p.e.number}: sack ${p.from}:${p.to}`)));
		if (many)
			out.append(crowd(d.data.filter((p) => !again(p)), x, y, "bar"),
				   crowd(d.data.filter(again), x, y, "bar again"));
		else
			out.append(...d.data.map((p) => bar(p, x, y, again(p))));
		view.mark = (e) => {
			const p = many && d.data.find((one) => one.e === e);

			if (!p)
				return;
			const alone = bar(p, x, y, again(p));

			alone.dataset.alone = "yes";
			out.append(alone);
		};
		out.addEventListener("click", (c) => choose(c, out, d, x, y, view));
		const place = { x, w, left, x1: d.x1 };

		return [out, ...strips(m, place)];
	}

	function stairs(points, x, y, end, what) {
		let path = "";

		for (const p of thin(points, x, what))
			path += path ? `H${x(p.x)}V${y(p[what])}` : `M${x(p.x)} ${y(p[what])}`;
		return svg("path", { d: path ? `${path}H${x(end)}` : "M0 0", class: what });
	}

	function bar(p, x, y, again) {
		const px = x(p.x), bottom = y(p.from), top = Math.min(y(p.to), bottom - 3);

		return svg("path", { class: `bar${again ? " again" : ""}`, "data-number": p.e.number,
				     d: `M${px} ${bottom}V${top}M${px - 4} ${top}h8M${px - 4} ` +
					`${bottom}h8` },
			   svg("title", {}, `${p.e.number}: ${p.e.line}`));
	}

	/* A click near a bar is meant for it. */
	function choose(click, out, d, x, y, view) {
		const box = out.getBoundingClientRect();
		const cx = click.clientX - box.left, cy = click.clientY - box.top;
		const far = (p) => Math.abs(x(p.x) - cx) +
			Math.max(0, y(p.to) - cy, cy - y(p.from));
		const best = d.data.reduce((a, p) => !a || far(p) < far(a) ? p : a, null);

		if (best && far(best) < REACH)
			view.select(best.e);
	}

	tcpcraft.plot = (node, view) => {
		const sums = [0, 1].map((side) => view.events.reduce((sum, e) =>
			sum + (e.from === side && e.length || 0), 0));
		const state = { side: sums[1] > sums[0] ? 1 : 0, by_order: false };
		const ends = [view.connection.left, view.connection.right];
		const stage = el("div", { class: "plot-stage" });
		const redraw = () => {
			stage.replaceChildren(...draw(view, stage, state));
			if (view.chosen)
				tcpcraft.plot_select(node, view.chosen, view);
		};
		const way = el("button", { type: "button", title: "the other direction",
			onclick: () => {
				state.side = 1 - state.side;
				way.textContent = `from ${ends[state.side]}`;
				redraw();
			} }, `from ${ends[state.side]}`);
		const steps = el("button", { type: "button", "aria-pressed": "false",
			title: "segments at equal distances instead of by the clock",
			onclick: () => {
				state.by_order = !state.by_order;
				steps.setAttribute("aria-pressed", String(state.by_order));
				redraw();
			} }, "equal steps");

		node.replaceChildren(el("div", { class: "plot-head" },
			el("b", {}, "Time and sequence"), way, steps,
			el("span", { class: "legend" }, el("i", { class: "data" }), "data ",
			   el("i", { class: "again" }), "again ",
			   el("i", { class: "ack" }), "acknowledged ",
			   el("i", { class: "sack" }), "selectively ",
			   el("i", { class: "edge" }), "window",
			   ...view.events.some((e) => e.cwnd) ?
				[" ", el("i", { class: "cwnd" }), "congestion\u00a0window\u00a0(cwnd)"] : []),
			el("span", { class: "saves" }, "save: ",
			   el("button", { type: "button", title: "the plot as a drawing",
				onclick: () => tcpcraft.save("plot.svg", "image/svg+xml",
					tcpcraft.svg_text([...stage.children],
						[[14, way.textContent, "start"]])) }, "SVG"), " ",
			   el("button", { type: "button", title: "its numbers",
				onclick: () => tcpcraft.save("plot.csv", "text/csv",
					tcpcraft.csv_text(COLUMNS, table(view, state.side))) },
			      "CSV"))), stage);
		redraw();
	};

	/* Among very many it has a bar of its own. */
	tcpcraft.plot_select = (node, e, view) => {
		for (const bar of node.querySelectorAll(".bar.chosen"))
			bar.classList.remove("chosen");
		for (const bar of node.querySelectorAll("[data-alone]"))
			bar.remove();
		if (view.mark && !node.hidden)
			view.mark(e);
		for (const bar of node.querySelectorAll(`.bar[data-number="${e.number}"]`))
			bar.classList.add("chosen");
	};
})();
