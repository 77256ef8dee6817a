/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows of a long drawing, made as they come into sight and taken away behind it: 4000
 * arrows take a browser half a minute, a hundred of them nothing.
 */
(() => {
	const AROUND = 600;			/* px above and below that are ready */
	const ALL_MOST = 5000;			/* rows that can be there at once */

	/* group: the <g> of `drawing` that they go into, in their order. rows: { y, h } from top
	 * to bottom, make(row) draws one. Returns look(), which draws what is in sight, and
	 * at(row): its node, there to stay while no other one was asked for; all(): every one, until
	 * the next look, or the first of very many. */
	tcpcraft.rows = (drawing, group, rows, make) => {
		const nodes = new Map();	/* of what is drawn: index to node */
		let kept = -1, waiting = false;

		/* The first row that reaches below y. */
		function first_below(y) {
			let low = 0, high = rows.length;

			while (low < high) {
				const middle = (low + high) >> 1;

				if (rows[middle].y + rows[middle].h < y)
					low = middle + 1;
				else
					high = middle;
			}
			return low;
		}

		function keep(from, to) {
			for (const [i, node] of nodes)
				if ((i < from || i > to) && i !== kept) {
					node.remove();
					nodes.delete(i);
				}
			let next = kept > to && nodes.get(kept) || null;

			for (let i = to; i >= from; i--) {
				if (!nodes.has(i)) {
					nodes.set(i, make(rows[i]));
					group.insertBefore(nodes.get(i), next);
				}
				next = nodes.get(i);
			}
		}

		function look() {
			waiting = false;
			if (!drawing.isConnected)	/* another one took its place */
				return forget();
			const top = -drawing.getBoundingClientRect().top;
			const last = first_below(top + innerHeight + AROUND);

			keep(first_below(top - AROUND), Math.min(last, rows.length - 1));
		}

		const soon = () => {
			if (!waiting)
				requestAnimationFrame(look);
			waiting = true;
		};
		const all = () => keep(0, Math.min(rows.length, ALL_MOST) - 1);

		function forget() {
			removeEventListener("scroll", soon);
			removeEventListener("resize", soon);
			removeEventListener("beforeprint", all);
		}

		addEventListener("scroll", soon, { passive: true });
		addEventListener("resize", soon);
		addEventListener("beforeprint", all);
		return {
			look, all,
			at: (row) => {
				kept = rows.indexOf(row);
				if (!nodes.has(kept)) {
					const next = [...nodes.keys()].filter((i) => i > kept)
						.sort((a, b) => a - b)[0];

					nodes.set(kept, make(row));
					group.insertBefore(nodes.get(kept), nodes.get(next) || null);
				}
				return nodes.get(kept);
			},
		};
	};
})();
