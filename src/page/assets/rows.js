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
	 * the next look; of very many the first, and the drawing ends there and says so. */
	tcpcraft.rows = (drawing, group, rows, make) => {
		const nodes = new Map();	/* of what is drawn: index to node */
		const height = drawing.getAttribute("height");
		const end = tcpcraft.svg("text", { class: "pause", x: 8 });
		let kept = -1, waiting = false, scrolled;

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
			if (end.isConnected) {
				end.remove();
				drawing.setAttribute("height", height);
				scrollTo(0, scrolled);
			}
			const top = -drawing.getBoundingClientRect().top;
			const last = first_below(top + innerHeight + AROUND);

			keep(first_below(top - AROUND), Math.min(last, rows.length - 1));
		}

		const soon = () => {
			if (!waiting)
				requestAnimationFrame(look);
			waiting = true;
		};
		function all() {
			const last = rows[ALL_MOST - 1];

			keep(0, Math.min(rows.length, ALL_MOST) - 1);
			if (rows.length <= ALL_MOST || end.isConnected)
				return;
			scrolled = scrollY;
			end.setAttribute("y", last.y + last.h + 16);
			end.textContent = `the first ${ALL_MOST} of ${rows.length} rows`;
			group.append(end);
			drawing.setAttribute("height", last.y + last.h + 24);
		}

		function forget() {
			removeEventListener("scroll", soon);
			removeEventListener("resize", soon);
			removeEventListener("beforeprint", all);
			removeEventListener("afterprint", look);
		}

		addEventListener("scroll", soon, { passive: true });
		addEventListener("resize", soon);
		addEventListener("beforeprint", all);
		addEventListener("afterprint", look);
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
