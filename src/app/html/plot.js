/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time-sequence plot of one direction: data as bars over time, the acknowledgment as a
 * staircase below it, the edge of the offered window above it (after Stevens and tcptrace).
 */
(() => {
	const { el, svg, duration } = tcpcraft;
	const H = 210, LEFT = 58, RIGHT = 14, TOP = 12, BOTTOM = 26;

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
		const shift = scale_of(view, 1 - side), out = { data: [], acks: [], events: [] };
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
			}
		});
		const xs = segments.map((e, i) => by_order ? i : e.time_ns);
		out.x0 = xs.length ? Math.min(xs[0], xs[xs.length - 1]) : 0;
		out.x1 = xs.reduce((a, b) => Math.max(a, b), out.x0 + 1);
		return out;
	}

	function draw(view, node, state) {
		const d = gather(view, state.side, state.by_order);
		const w = Math.max(node.clientWidth - 2, 300);
		const top = Math.max(1, ...d.data.map((p) => p.to), ...d.acks.map((p) => p.ack));
		const x = (v) => LEFT + (v - d.x0) / (d.x1 - d.x0) * (w - LEFT - RIGHT);
		const y = (v) => H - BOTTOM - Math.min(v, top * 1.15) / (top * 1.15) *
				 (H - TOP - BOTTOM);
		const out = svg("svg", { width: w, height: H, role: "img", "aria-label":
					 "sequence numbers over time" });

		for (const v of ticks(top, 4))
			out.append(svg("line", { x1: LEFT, x2: w - RIGHT, y1: y(v), y2: y(v),
						 class: "grid" }),
				   svg("text", { x: LEFT - 6, y: y(v) + 4, class: "tick",
						 "text-anchor": "end" }, v.toLocaleString("en")));
		for (const v of ticks(d.x1 - d.x0, Math.max(2, w / 110)))
			out.append(svg("text", { x: x(d.x0 + v), y: H - 8, class: "tick",
						 "text-anchor": "middle" },
				       state.by_order ? `${v + 1}` : v ? duration(v) : "0"));
		out.append(stairs(d.acks, x, y, d.x1, "ack"), stairs(d.acks, x, y, d.x1, "edge"));
		for (const p of d.data)
			out.append(bar(p, x, y, view));
		return out;
	}

	function stairs(points, x, y, end, what) {
		let path = "";

		for (const p of points)
			path += path ? `H${x(p.x)}V${y(p[what])}` : `M${x(p.x)} ${y(p[what])}`;
		return svg("path", { d: path ? `${path}H${x(end)}` : "M0 0", class: what });
	}

	function bar(p, x, y, view) {
		const again = (p.e.tags || []).some((t) => t.includes("retransmission"));
		const px = x(p.x), bottom = y(p.from), top = Math.min(y(p.to), bottom - 3);

		return svg("g", { class: `bar${again ? " again" : ""}`,
				  "data-number": p.e.number,
				  onclick: () => view.select(p.e) },
			svg("title", {}, `${p.e.number}: ${p.e.line}`),
			svg("rect", { x: px - 7, y: top - 4, width: 14, height: bottom - top + 8,
				      class: "target" }),
			svg("line", { x1: px, x2: px, y1: bottom, y2: top }),
			svg("path", { d: `M${px - 4} ${top}h8M${px - 4} ${bottom}h8` }));
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
			   el("i", { class: "edge" }), "window")), stage);
		redraw();
	};

	tcpcraft.plot_select = (node, e) => {
		for (const bar of node.querySelectorAll(".bar"))
			bar.classList.toggle("chosen", bar.dataset.number === String(e.number));
	};
})();
