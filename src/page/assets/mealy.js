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
	const column = 250, row = 130, radius = 17, line = 13;
	const depth = [0], place = [];

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
	function draw_edge(edge) {
		const shape = edge.from === edge.to ? loop(place[edge.from])
						    : bend(place[edge.from], place[edge.to]);
		const top = shape.label.y - (edge.lines.length - 1) * line;

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
	const width = Math.max(...place.map((p) => p.x)) + 160;
	const height = Math.max(...place.map((p) => p.y)) + 90;

	stage.append(el("div", { class: "mealy" },
		svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
			     "aria-label": `${states.length} states` },
		    svg("defs", {}, svg("marker", { id: "mealy-arrow", viewBox: "0 0 10 10",
			refX: 9, refY: 5, markerWidth: 7, markerHeight: 7, orient: "auto" },
			svg("path", { d: "M 0 0 L 10 5 L 0 10" }))),
		    collect().map(draw_edge), states.map((_, at) => draw_state(at))),
		el("table", {},
		   el("tr", {}, el("th", { scope: "col" }, "state"),
		      inputs.map((name) => el("th", { scope: "col" }, name))),
		   states.map((steps, at) => el("tr", {},
			el("th", { scope: "row" }, String(at)),
			steps.map((step) => el("td",
				{ class: step.next === at ? "still" : null },
				outputs[step.output] +
				(step.next === at ? "" : ` \u2192 ${step.next}`))))))));
});
