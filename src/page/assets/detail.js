/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A segment in detail: what happened, its bytes, and each header's fields with value,
 * meaning and judgement; a field shows its bytes, a checksum how it is worked out.
 */
(() => {
	const { el, duration, seconds, tag_class } = tcpcraft;
	/* A line of the dump: as many bytes as there is room for, seen whole. */
	const letters = (bytes) => 5 + 3 * bytes + 3 + bytes;
	const bytes_for = (width) => [16, 8].find((n) => letters(n) * LETTER < width) || 4;
	const LETTER = 7.3, AROUND = 40;		/* px */

	function dump(frame, width) {
		const BYTES = bytes_for(width - AROUND);
		const hex = frame.frame_hex || "", spans = [], lines = [];
		const n = hex.length / 2;

		for (let i = 0; i < n; i += BYTES) {
			const line = el("div", { class: "dump-line" },
					el("span", { class: "offset" },
					   i.toString(16).padStart(4, "0")));
			const text = el("span", { class: "text" });
			const half = el("span", { class: "bytes" });

			half.style.width = `${3 * BYTES + 3}ch`;

			for (let k = i; k < Math.min(i + BYTES, n); k++) {
				const value = parseInt(hex.substr(2 * k, 2), 16);
				const a = el("span", {}, hex.substr(2 * k, 2));
				const b = el("span", {}, value > 31 && value < 127 ?
					     String.fromCharCode(value) : "·");

				spans.push([a, b]);
				half.append(a, k % 8 === 7 ? "  " : " ");
				text.append(b);
			}
			line.append(half, text);
			lines.push(line);
		}
		if (frame.length > n)
			lines.push(el("div", { class: "dim" },
				      `… ${frame.length - n} bytes more`));
		return { node: el("div", { class: "dump" }, lines), spans };
	}

	/* Light up the bytes of a range of bits of the frame. */
	function mark(spans, first, bits, name) {
		const from = Math.floor(first / 8), to = Math.ceil((first + bits) / 8);

		for (let i = from; i < to && i < spans.length; i++)
			for (const span of spans[i])
				span.classList.toggle(name);
	}

	function judgement(f) {
		if (!f.check)
			return null;
		const sort = { ok: "good", BAD: "bad", partial: "dim" }[f.check] || "dim";
		let text = f.check;

		if (f.expected !== undefined)
			text += `: ${f.text.startsWith("0x") ? "0x" +
				f.expected.toString(16).padStart(4, "0") : f.expected} is right`;
		else if (f.check === "partial")
			text += ": only the pseudo-header's sum";
		else if (f.why)
			text += `: ${f.why}`;
		return el("span", { class: `check ${sort}` }, text);
	}

	function value_of(f, row) {
		if (f.missing)
			return "missing";
		let text = f.text === undefined ? `${f.bits / 8} bytes` : f.text;

		if (row.unit)
			text += ` ${row.unit}`;
		return f.symbol && f.symbol !== f.text ? `${text} (${f.symbol})` : text;
	}

	function field(f, layer, fields, spans, changed) {
		const row = fields[f.name] || {}, first = layer.offset * 8 + f.bit;
		const flip = (name) => () => mark(spans, first, f.bits, name);
		const was = changed.get(f.name);

		return el("tr", { "data-field": f.name, tabindex: -1,
				  class: was ? "changed" : null,
				  onmouseenter: flip("lit"), onmouseleave: flip("lit") },
			el("td", { class: "name" }, f.name),
			el("td", { class: "value" }, value_of(f, row),
			   was && el("small", {}, ` was ${was}`)),
			el("td", { class: "meaning" }, judgement(f), row.meaning || "",
			   row.reference && el("small", {}, ` ${row.reference}`)));
	}

	function layer(l, fields, spans, changed) {
		const bad = l.fields.some((f) => f.check === "BAD");
		const box = el("details", { class: "layer", "data-layer": l.name,
					    open: l.name !== "eth" && l.name !== "sll" },
			el("summary", {}, l.quoted ? "Quoted: " : "", l.title,
			   el("small", {}, l.length ? `bytes ${l.offset}–` +
			      `${l.offset + l.length - 1}` : "not there"),
			   bad && el("span", { class: "check bad" }, "not right")),
			el("table", {}, el("tbody", {}, l.fields.map(
				(f) => field(f, l, fields, spans, changed)))));

		box.firstChild.addEventListener("mouseenter",
			() => mark(spans, l.offset * 8, l.length * 8, "lit"));
		box.firstChild.addEventListener("mouseleave",
			() => mark(spans, l.offset * 8, l.length * 8, "lit"));
		if (l.checksum_steps)
			box.append(el("details", { class: "sum" },
				el("summary", {}, "the checksum worked out"),
				el("pre", {}, l.checksum_steps)));
		return box;
	}

	function story(e, view) {
		const ends = tcpcraft.ends(view, e);
		const who = { tcpcraft: "sent by tcpcraft", peer: "received",
			      kernel: "sent by this host's kernel, by no program's hand" };
		const lines = [];

		for (const c of e.changes || [])
			lines.push(el("p", { class: "change" }, el("b", {}, ends[c.side]), " ",
				      c.from ? `${c.from} → ${c.to}` : c.to, " ",
				      el("small", {}, c.clause || "inferred from the wire")));
		if (e.note)
			lines.push(el("p", { class: "note" }, e.note, " ",
				      el("small", {}, e.note_clause || "")));
		if (e.surgery)
			lines.push(el("p", { class: "changed" }, `✎ ${e.surgery}`));
		for (const m of e.mutations || [])
			lines.push(el("p", { class: "changed" },
				      `✎ ${m.field} ${m.from} → ${m.to}`));
		if ((e.tags || []).length)
			lines.push(el("p", { class: "tags" }, e.tags.map(
				(t) => el("span", { class: tag_class(t) }, t.replaceAll("_", " ")))));
		if (who[e.origin])
			lines.push(el("p", { class: "dim" }, who[e.origin]));
		return lines;
	}

	const titles = { tcp: "Segment", icmp: "ICMP error", other: "Frame",
			 state: "Change of state", call: "System call" };

	tcpcraft.detail = (node, e, view) => {
		const ends = tcpcraft.ends(view, e);
		const changed = new Map((e.mutations || []).map((m) => [m.field, m.from]));
		const title = e.kind === "call" && view.column ? `Line of the ${view.column}` :
			`${titles[e.kind]} ${e.number}`;
		const parts = [el("h3", {}, title,
				  el("small", {}, `${seconds(e.time_ns)} s`))];

		if (e.kind === "call")
			parts.push(el("pre", { class: "line" }, e.text),
				   !view.column && el("p", { class: "dim" },
				      `took ${duration(e.duration_ns)}` + (e.about ?
				      "; placed by cause: the clock is not that exact" : "")));
		else if (e.kind !== "state")
			parts.push(el("p", { class: "ends-line" },
				      `${ends[e.from]} → ${ends[1 - e.from]}`),
				   el("p", { class: "line" }, e.line),
				   e.payload && el("p", { class: "line payload" }, e.payload));
		parts.push(story(e, view));
		const frame = view.frame(e);

		if (frame) {
			const bytes = dump(frame, node.clientWidth);

			parts.push(bytes.node,
				   frame.damage && el("p", { class: "bad" }, frame.damage),
				   !frame.layers && el("p", { class: "dim" }, "A long story: of " +
				      "its middle the page has the headers' bytes. Their fields: " +
				      "tcpcraft explain."),
				   [...frame.layers || []].reverse().map(
					(l) => layer(l, view.fields, bytes.spans, changed)));
		}
		node.replaceChildren(...parts.flat(Infinity).filter(Boolean));
		node.scrollTop = 0;
	};
})();
