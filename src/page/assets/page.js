/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page: elements, theme, and the scripts of the sections. A section's script calls
 * tcpcraft.kind(NAME, draw); draw(stage, data) fills the element `stage` from the
 * section's JSON. What is in that JSON may come from an attacker: it becomes text or an
 * attribute's value and nothing else. innerHTML and its relatives are not used.
 */
"use strict";
const tcpcraft = (() => {
	const kinds = new Map();

	function fill(node, attributes, children) {
		for (const [name, value] of Object.entries(attributes || {})) {
			if (value === undefined || value === null || value === false)
				continue;
			if (name.startsWith("on"))
				node.addEventListener(name.slice(2), value);
			else
				node.setAttribute(name, value === true ? "" : value);
		}
		for (const child of children.flat(Infinity))
			if (child !== undefined && child !== null && child !== false)
				node.append(child);
		return node;
	}
	/* el("p", { class: "x", onclick: f }, "text", el("b")) */
	const el = (name, attributes, ...children) =>
		fill(document.createElement(name), attributes, children);
	const svg = (name, attributes, ...children) =>
		fill(document.createElementNS("http://www.w3.org/2000/svg", name),
		     attributes, children);

	/* Nanoseconds as a person says them. */
	function duration(ns) {
		const n = Math.abs(ns), sign = ns < 0 ? "-" : "";
		const say = (value, unit) => sign +
			(value < 10 ? value.toFixed(1).replace(/\.0$/, "") :
			 Math.round(value)) + " " + unit;

		return n < 1e3 ? say(n, "ns") : n < 1e6 ? say(n / 1e3, "us") :
		       n < 1e9 ? say(n / 1e6, "ms") : say(n / 1e9, "s");
	}
	const seconds = (ns) => (ns / 1e9).toFixed(6);
	const many = (n, what) => `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;
	/* Tags that are no sign of trouble. */
	const calm = new Set(["keep_alive", "keep_alive_ack", "window_update",
			      "zero_window_probe_ack", "checksum_partial"]);
	const tag_class = (tag) => calm.has(tag) ? "calm" : "trouble";
	const short = (text, most) =>
		text.length > most ? text.slice(0, Math.max(1, most - 1)) + "…" : text;

	/* In at most n_most lines of so many letters, broken where words or options end. */
	function broken(text, most, n_most) {
		const lines = [];
		let rest = text;

		while (rest.length > most && lines.length < n_most - 1) {
			const head = rest.slice(0, most + 1);
			/* a comma ends a line, and begins none */
			const comma = head.slice(0, most).lastIndexOf(",");
			const at = Math.max(head.lastIndexOf(" "), comma + 1);
			const cut = at > most / 3 && at <= most ? at : Math.floor(most);

			lines.push(rest.slice(0, cut));
			rest = rest.slice(cut).trimStart();
		}
		return [...lines, short(rest, most)];
	}

	/* What came of it, on top; where the run itself has said it, that stands. */
	function say(text) {
		if (!document.getElementById("said"))
			document.getElementById("top").append(el("p", { id: "said" }, text));
	}

	function next_theme() {
		const root = document.documentElement;
		const dark = root.dataset.theme ? root.dataset.theme === "dark" :
			     matchMedia("(prefers-color-scheme: dark)").matches;

		root.dataset.theme = dark ? "light" : "dark";
	}

	function start() {
		const header = document.getElementById("top");
		const said = document.getElementById("said");

		if (said)
			header.append(said);
		header.append(el("button", { id: "theme", type: "button",
					     title: "dark or light (t)",
					     onclick: next_theme }, "◐"));
		document.addEventListener("keydown", (k) => {
			if (k.key === "t" && !k.ctrlKey && !k.metaKey && !k.altKey &&
			    !/^(SELECT|INPUT|TEXTAREA)$/.test(k.target.tagName))
				next_theme();
		});
		for (const section of document.querySelectorAll("section[data-kind]")) {
			const stage = el("div", { class: "stage" });
			const draw = kinds.get(section.dataset.kind);
			const data = JSON.parse(section.querySelector("script").textContent);

			section.append(stage);
			if (draw)
				draw(stage, data);
		}
		document.documentElement.dataset.ready = "yes";
	}
	document.addEventListener("DOMContentLoaded", start);
	return { kind: (name, draw) => kinds.set(name, draw), el, svg, duration, seconds,
		 many, short, broken, say, tag_class };
})();
