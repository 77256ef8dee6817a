/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a page is cut, covered or missing where it is first seen: "" is well. */
(() => {
	const bad = [], wide = document.documentElement.clientWidth;
	const scrolls = (n) => {
		for (let p = n.parentElement; p; p = p.parentElement)
			if (/auto|scroll/.test(getComputedStyle(p).overflowX))
				return true;
		return false;
	};
	const name = (n) => `${n.id || n.getAttribute("class") || n.tagName} ` +
		n.textContent.slice(0, 30);
	for (const n of document.querySelectorAll("body *")) {
		const r = n.getBoundingClientRect();
		if (r.width && (r.right > wide + 1 || r.left < -1) && !scrolls(n))
			bad.push(`out of the window: ${name(n)}`);
	}
	const said = document.getElementById("said");
	if (!said || !said.textContent || said.getBoundingClientRect().bottom > innerHeight / 2)
		bad.push("no verdict on top");
	const labels = [...document.querySelectorAll(".mealy svg text")];
	const boxes = labels.map((n) => n.getBoundingClientRect());
	const drawing = document.querySelector(".mealy svg");
	boxes.forEach((a, i) => {
		const all = drawing.getBoundingClientRect();
		if (a.left < all.left || a.right > all.right || a.top < all.top || a.bottom > all.bottom)
			bad.push(`off the drawing: ${name(labels[i])}`);
		boxes.slice(i + 1).forEach((b, k) => {
			if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 &&
			    b.top < a.bottom - 3)
				bad.push(`on one another: ${name(labels[i])}, ${name(labels[i + 1 + k])}`);
		});
	});
	return bad.slice(0, 6).join("; ");
})()
