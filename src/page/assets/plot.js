/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time-sequence plot of one direction: data as bars over time, the acknowledgment as a
 * staircase below it, the edge of the offered window above it (after Stevens and tcptrace).
 */
(() => {
	const { el, svg, duration } = tcpcraft;
	const H = 210, RIGHT = 14, TOP = 12, BOTTOM = 26;
	const REACH = 14;				/* of a click, px */
	const LETTER = 7, LABEL = 110;			/* of the ticks, px */

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

	function draw(view, node, state) {
		const d = gather(view, state.side, state.by_order);
		const room = node.clientWidth || node.closest(".side").clientWidth - 2;
		const w = Math.max(room - 2, 280);
		const most = (list, key) => list.reduce((a, p) => Math.max(a, p[key]), 1);
		const top = Math.max(most(d.data, "to"), most(d.acks, "ack"), most(d.sacks, "to"));
		const labels = ticks(top, 4).map((v) => v.toLocaleString("en"));
		const left = 14 + LETTER * labels.reduce((a, t) => Math.max(a, t.length), 4);
		const x = (v) => left + (v - d.x0) / (d.x1 - d.x0) * (w - left - RIGHT);
		const y = (v) => H - BOTTOM - Math.min(v, top * 1.15) / (top * 1.15) *
				 (H - TOP - BOTTOM);
		const out = svg("svg", { width: w, height: H, role: "img", "aria-label":
					 "sequence numbers over time" });

		ticks(top, 4).forEach((v, i) =>
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
		for (const p of d.sacks)
			out.append(svg("line", { x1: x(p.x), x2: x(p.x), y1: y(p.from),
						 y2: Math.min(y(p.to), y(p.from) - 2),
						 class: "sack" },
				       svg("title", {}, `${p.e.number}: sack ${p.from}:${p.to}`)));
		for (const p of d.data)
			out.append(bar(p, x, y));
		out.addEventListener("click", (c) => choose(c, out, d, x, y, view));
		return out;
	}

	function stairs(points, x, y, end, what) {
		let path = "";

		for (const p of points)
			path += path ? `H${x(p.x)}V${y(p[what])}` : `M${x(p.x)} ${y(p[what])}`;
		return svg("path", { d: path ? `${path}H${x(end)}` : "M0 0", class: what });
	}

	function bar(p, x, y) {
		const again = (p.e.tags || []).some((t) => t.includes("retransmission"));
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
			stage.replaceChildren(draw(view, stage, state));
			if (view.chosen)
				tcpcraft.plot_select(node, view.chosen);
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
			   el("i", { class: "edge" }), "window")), stage);
		redraw();
	};

	tcpcraft.plot_select = (node, e) => {
		for (const bar of node.querySelectorAll(".bar.chosen"))
			bar.classList.remove("chosen");
		for (const bar of node.querySelectorAll(`.bar[data-number="${e.number}"]`))
			bar.classList.add("chosen");
	};
})();
