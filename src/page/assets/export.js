/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is seen, as a file: a drawing as SVG, which needs no page around it, the plot's numbers
 * as CSV, the run as Markdown. What came from the wire stays text in all of them.
 */
(() => {
	const { el, seconds } = tcpcraft;
	/* What a drawing has from the page's style. */
	const STYLES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray",
			"stroke-linecap", "opacity", "font-family", "font-size", "font-style", "font-weight",
			"text-anchor", "paint-order", "stroke-linejoin"];

	tcpcraft.save = (name, type, text) => {
		const url = URL.createObjectURL(new Blob([text], { type }));

		el("a", { href: url, download: name }).click();
		setTimeout(() => URL.revokeObjectURL(url), 60000);
	};

	function inline(from, to) {
		const style = getComputedStyle(from);

		for (const name of STYLES)
			to.setAttribute(name, style.getPropertyValue(name));
		for (const name of ["class", "id", "tabindex", "role"])
			to.removeAttribute(name);
		[...from.children].forEach((child, i) => inline(child, to.children[i]));
	}

	/* drawings: below one another; heads: [x, text] above them. */
	tcpcraft.svg_text = (drawings, heads) => {
		const { svg } = tcpcraft, body = getComputedStyle(document.body);
		const width = Math.max(...drawings.map((d) => d.clientWidth));
		const out = svg("svg", { width });
		let y = 28;

		out.append(svg("rect", { width: "100%", height: "100%",
					 fill: body.backgroundColor }),
			   ...heads.map(([x, text, anchor]) =>
				svg("text", { x, y: 18, fill: body.color, "text-anchor": anchor,
					      "font-family": "monospace", "font-size": 13,
					      "font-weight": 600 }, text)));
		for (const d of drawings) {
			const copy = d.cloneNode(true);

			inline(d, copy);
			copy.setAttribute("y", y);
			y += d.clientHeight;
			out.append(copy);
		}
		out.setAttribute("height", y);
		return new XMLSerializer().serializeToString(out);
	};

	/* rows of numbers and of words that have no comma. */
	tcpcraft.csv_text = (names, rows) =>
		[names, ...rows.map((r) => names.map((n) => r[n] === undefined ? "" : r[n]))]
			.map((r) => `${r.join(",")}\n`).join("");

	/* No character of it means anything to Markdown. */
	const plain = (text) => text.replace(/[!-/:-@[-`{-~]/g, "\\$&").replace(/\s+/g, " ");
	const code = (text) => `    ${text.replace(/\s+/g, " ")}`;

	function event_line(view, e) {
		const way = ["-->", "<--"][e.from];
		const text = e.kind === "call" ? `| ${e.text}` : e.kind === "state" ?
			(e.changes || []).map((c) => `${c.from || "?"} -> ${c.to}`).join(", ") :
			`${way} ${e.line}`;
		const tags = (e.tags || []).map((t) => ` [${t}]`).join("");
		const lines = [code(`${seconds(e.time_ns)} ${text}${tags}`)];

		for (const m of e.mutations || [])
			lines.push(`${code("")}        ${code(`* ${m.field} ${m.from} -> ${m.to}`)
				.trimStart()}`);
		if (e.payload)
			lines.push(`${code("")}        ${code(e.payload).trimStart()}`);
		return lines;
	}

	tcpcraft.markdown_text = (view) => {
		const of = (id) => (document.getElementById(id) || { textContent: "" }).textContent;
		const c = view.connection;

		return [`# ${plain(document.title)}`, "", code(of("command")), "",
			...of("said").split("\n").map((line) => `> ${plain(line)}`), "",
			`## ${plain(`${c.left || "one host"} → ${c.right || "another"}`)}`, "",
			...(c.outcome ? [plain(c.outcome), ""] : []),
			...view.events.flatMap((e) => event_line(view, e)), ""].join("\n");
	};
})();
