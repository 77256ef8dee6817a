/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands above the ladder, and beside it: all of that where there is room, following
 * the scrolling; else at the bottom of the window, one at a time.
 */
(() => {
	const { el, many } = tcpcraft;
	const NEAR = 250;			/* connections that the list has around one */

	/* parts: [name, node], the first is seen first. */
	tcpcraft.side = (parts) => {
		const side = el("div", { class: "side" });
		const buttons = parts.map(([name], i) =>
			el("button", { type: "button", onclick: () => turn(i) }, name));
		const fold = el("button", { type: "button", class: "fold", title: "less or more",
					    onclick: () => folded(!side.matches(".folded")) });

		function folded(yes) {
			side.classList.toggle("folded", yes);
			fold.textContent = yes ? "▴" : "▾";
			fold.setAttribute("aria-expanded", String(!yes));
		}
		function turn(to) {
			parts.forEach(([, node], i) => {
				node.dataset.turn = i === to ? "on" : "off";
				buttons[i].setAttribute("aria-pressed", String(i === to));
			});
			folded(false);
		}

		side.append(el("div", { class: "tabs" }, buttons, fold),
			    ...parts.map(([, node]) => node));
		turn(0);
		return side;
	};

	/* A capture in a sentence: how its connections stand, and what is odd; of a very long one
	 * as far as it is on the page. */
	tcpcraft.summary = (data) => {
		const count = (names) => {
			const all = new Map();

			for (const name of names)
				all.set(name, (all.get(name) || 0) + 1);
			return [...all].map(([name, n]) => `${n.toLocaleString("en")} ` +
				name.replaceAll("_", " ")).join(", ");
		};
		const real = data.connections.filter((c) => c.left);
		const where = data.left_out ? " (of what is on this page)" : "";
		if (data.both)
			return `${many(real.length, "connection")} at both ends: ` +
				count(data.events.map((e) => e.fate)) + where;
		const odd = data.events.flatMap((e) => e.tags || [])
			.filter((t) => tcpcraft.tag_class(t) === "trouble");

		return `${many(real.length, "connection")}: ` +
			(count(real.map((c) => c.outcome || "untold")) || "none") +
			(odd.length ? `; odd: ${count(odd)}` : "; nothing odd") + where;
	};

	/* Which connection of the ladder is seen: show(its number), or show(ALL); and what can be
	 * saved of it. */
	tcpcraft.toolbar = (data, view, show, ALL) => {
		const all = [...data.connections];

		all.splice(data.together ? 0 : all.length, 0, { number: ALL });
		const name = (c) => c.number === ALL ? "all, as they came" :
			(c.left ? `${c.number}   ${c.left} → ${c.right}` : "other frames") +
			(c.outcome ? `   ${c.outcome}` : "");
		const choice = el("select", { "aria-label": "connection" });
		let at = 0;

		/* Of very many those that are near. */
		const fill = () => {
			choice.replaceChildren(...all.slice(Math.max(0, at - NEAR), at + NEAR + 1)
				.map((c) => el("option", { value: c.number }, name(c))));
			choice.value = all[at].number;
		};
		const go = (to) => {
			if (!all[to])
				return;
			at = to;
			fill();
			show(all[at].number);
		};
		const find = (text) => go(all.findIndex((c) => c.number === Number(text)));
		choice.addEventListener("change", () => find(choice.value));
		fill();
		const several = data.connections.length > 1;
		return el("div", { class: "toolbar" },
			several && [choice,
				    el("button", { type: "button", onclick: () => go(at - 1),
						   title: "the one before" }, "◀"),
				    el("button", { type: "button", onclick: () => go(at + 1),
						   title: "the next" }, "▶"),
				    all.length > 2 * NEAR && el("input", { type: "number", min: 1,
					"aria-label": "number of a connection", placeholder: "number",
					onchange: (e) => find(e.target.value) }),
				    el("span", { class: "dim" },
				       many(data.connections.length, "connection"))],
			!several && data.connections[0] && data.connections[0].outcome &&
				el("span", { class: "outcome" }, data.connections[0].outcome),
			data.brief > 0 && el("span", { class: "dim" },
				`a long story: of ${many(data.brief, "segment")} in its middle ` +
				"the headers alone are on this page"),
			data.left_out && el("span", { class: "bad" },
				`a long story: ${many(data.left_out, "event")} in its middle ` +
				"not on this page"),
			data.connections.length > 0 && el("span", { class: "saves" }, "save: ",
				el("button", { type: "button", title: "the ladder as a drawing",
					       onclick: () => view.save_svg() }, "SVG"), " ",
				el("button", { type: "button", title: "all of it as text",
					       onclick: () => view.save_text() }, "Markdown")),
			el("span", { class: "keys dim" }, el("kbd", {}, "↑"), " ",
			   el("kbd", {}, "↓"), " choose  ", el("kbd", {}, "Enter"),
			   " its bytes  ", el("kbd", {}, "Esc"), " back  ",
			   el("kbd", {}, "t"), " theme"));
	};
})();
