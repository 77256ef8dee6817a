/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A state machine: states in columns by their distance from the first, an edge for all steps
 * from one to another, with its inputs and answers. What changes nothing and is not answered
 * is in the table below, not in the drawing.
 */
"use strict";
tcpcraft.kind("mealy", (stage, machine) => {
	const { el, svg } = tcpcraft;
	const { inputs, outputs, states } = machine;
	const column = 250, row = 210, radius = 17, line = 13, letter = 6.7;
	const depth = [0], place = [], taken = [];

	function measure() {
		const queue = [0], filled = [];

		for (const at of queue)
			for (const step of states[at])
				if (depth[step.next] === undefined) {
					depth[step.next] = depth[at] + 1;
					queue.push(step.next);
				}
		for (const at of queue) {
			const nth = filled[depth[at]] = (filled[depth[at]] ?? -1) + 1;

			place[at] = { x: 90 + depth[at] * column,
				      y: 110 + nth * row + (depth[at] % 2) * row / 2 };
		}
	}
	/* "from-to" to the lines of its label. */
	function collect() {
		const edges = new Map();

		states.forEach((steps, from) => steps.forEach((step, i) => {
			const key = `${from}-${step.next}`;

			if (step.next === from && step.output === 0)
				return;
			if (!edges.has(key))
				edges.set(key, { from, to: step.next, lines: [] });
			edges.get(key).lines.push(`${inputs[i]} / ${outputs[step.output]}`);
		}));
		return [...edges.values()];
	}
	/* Bent to the right of its way, so that one back is beside it. */
	function bend(a, b) {
		const dx = b.x - a.x, dy = b.y - a.y, far = Math.hypot(dx, dy) || 1;
		const by = 30 + far / 14;
		const mid = { x: (a.x + b.x) / 2 - dy / far * by, y: (a.y + b.y) / 2 + dx / far * by };
		const edge = (from) => {
			const d = Math.hypot(mid.x - from.x, mid.y - from.y) || 1;

			return { x: from.x + (mid.x - from.x) / d * (radius + 2),
				 y: from.y + (mid.y - from.y) / d * (radius + 2) };
		};
		const p = edge(a), q = edge(b);

		return { path: `M ${p.x} ${p.y} Q ${mid.x} ${mid.y} ${q.x} ${q.y}`,
			 label: { x: (p.x + q.x) / 4 + mid.x / 2, y: (p.y + q.y) / 4 + mid.y / 2 } };
	}
	function loop(a) {
		return { path: `M ${a.x - 8} ${a.y - radius} C ${a.x - 40} ${a.y - 70} ` +
			       `${a.x + 40} ${a.y - 70} ${a.x + 8} ${a.y - radius}`,
			 label: { x: a.x, y: a.y - 58 } };
	}
	/* Where so many lines touch nothing that is there: as near to y as there is room. */
	function free_place({ x, y }, lines) {
		const half = Math.max(...lines.map((text) => text.length)) * letter / 2 + 4;
		const box = (top) => ({ left: x - half, right: x + half, top: top - line,
					bottom: top + (lines.length - 1) * line + 4 });
		const apart = (a) => (b) => a.right < b.left || b.right < a.left ||
			a.bottom < b.top || b.bottom < a.top;
		let by = 0;

		while (!taken.every(apart(box(y + by))))
			by = by > 0 ? -by : -by + line / 2;	/* down, up, further down */
		taken.push(box(y + by));
		return y + by;
	}
	function draw_edge(edge) {
		const shape = edge.from === edge.to ? loop(place[edge.from])
						    : bend(place[edge.from], place[edge.to]);
		const top = free_place({ x: shape.label.x, y: shape.label.y -
					 (edge.lines.length - 1) * line }, edge.lines);

		return svg("g", { class: "edge", tabindex: 0 },
			svg("title", {}, `${edge.from} to ${edge.to}: ${edge.lines.join("; ")}`),
			svg("path", { d: shape.path, "marker-end": "url(#mealy-arrow)" }),
			edge.lines.map((text, i) =>
				svg("text", { x: shape.label.x, y: top + i * line }, text)));
	}
	const draw_state = (at) => svg("g", { class: at === 0 ? "state first" : "state" },
		svg("circle", { cx: place[at].x, cy: place[at].y, r: radius }),
		svg("text", { x: place[at].x, y: place[at].y + 4 }, String(at)));

	measure();
	for (const { x, y } of place.filter(Boolean))
		taken.push({ left: x - radius, right: x + radius, top: y - radius,
			     bottom: y + radius });
	const edges = collect().map(draw_edge);
	const width = Math.max(...taken.map((b) => b.right)) + 10;
	const top = Math.min(0, ...taken.map((b) => b.top - 6));
	const left = Math.min(0, ...taken.map((b) => b.left - 6));
	const height = Math.max(...taken.map((b) => b.bottom)) + 70;

	stage.append(el("div", { class: "mealy" }, el("div", { class: "scroll" },
		svg("svg", { viewBox: `${left} ${top} ${width - left} ${height - top}`,
			     width: width - left, height: height - top, role: "img",
			     "aria-label": `${states.length} states` },
		    svg("defs", {}, svg("marker", { id: "mealy-arrow", viewBox: "0 0 10 10",
			refX: 9, refY: 5, markerWidth: 7, markerHeight: 7, orient: "auto" },
			svg("path", { d: "M 0 0 L 10 5 L 0 10" }))),
		    edges, states.map((_, at) => draw_state(at)))),
		el("div", { class: "scroll" }, el("table", {},
		   el("tr", {}, el("th", { scope: "col" }, "state"),
		      inputs.map((name) => el("th", { scope: "col" }, name))),
		   states.map((steps, at) => el("tr", {},
			el("th", { scope: "row" }, String(at)),
			steps.map((step) => el("td",
				{ class: step.next === at ? "still" : null },
				outputs[step.output] +
				(step.next === at ? "" : ` \u2192 ${step.next}`)))))))));
});
