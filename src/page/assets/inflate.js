/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 1951: what page/pack.c packed. Browsers have a DecompressionStream, but it answers
 * later, and not in all of them; a click wants its answer now.
 */
(() => {
	const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59,
			 67, 83, 99, 115, 131, 163, 195, 227, 258];
	const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4,
			     4, 4, 5, 5, 5, 5, 0];
	const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
	const END = 256, STORED = 0, FIXED = 1;

	/* Canonical codes (3.2.2): how many of each length, and the symbols in their order. */
	function codes_of(lengths) {
		const count = new Uint16Array(16), symbols = new Uint16Array(lengths.length);
		const at = new Uint16Array(17);

		for (const n of lengths)
			count[n]++;
		count[0] = 0;
		for (let n = 1; n < 16; n++)
			at[n + 1] = at[n] + count[n];
		lengths.forEach((n, symbol) => {
			if (n)
				symbols[at[n]++] = symbol;
		});
		return { count, symbols };
	}

	function reader(bytes) {
		let at = 0, held = 0, n = 0;
		const bits = (want) => {
			while (n < want) {
				if (at >= bytes.length)
					throw new Error("packed data breaks off");
				held |= bytes[at++] << n;
				n += 8;
			}
			const value = held & ((1 << want) - 1);

			held >>>= want;
			n -= want;
			return value;
		};
		const symbol = (codes) => {
			let code = 0, first = 0, index = 0;

			for (let length = 1; length < 16; length++) {
				code |= bits(1);
				const count = codes.count[length];

				if (code - first < count)
					return codes.symbols[index + code - first];
				index += count;
				first = (first + count) << 1;
				code <<= 1;
			}
			throw new Error("packed data is damaged");
		};
		const align = () => { held = n = 0; };

		return { bits, symbol, align };
	}

	const fixed = () => [
		codes_of(Array.from({ length: 288 }, (_, i) =>
			i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
		codes_of(Array(30).fill(5)),
	];

	/* 3.2.7 */
	function dynamic(from) {
		const n_lengths = from.bits(5) + 257, n_distances = from.bits(5) + 1;
		const n_codes = from.bits(4) + 4, first = Array(19).fill(0), all = [];

		for (let i = 0; i < n_codes; i++)
			first[ORDER[i]] = from.bits(3);
		const codes = codes_of(first);
		while (all.length < n_lengths + n_distances) {
			const s = from.symbol(codes);
			const again = s === 16 ? 3 + from.bits(2) : s === 17 ? 3 + from.bits(3) :
				      s === 18 ? 11 + from.bits(7) : 1;
			const value = s < 16 ? s : s === 16 ? all[all.length - 1] : 0;

			for (let i = 0; i < again; i++)
				all.push(value);
		}
		return [codes_of(all.slice(0, n_lengths)),
			codes_of(all.slice(n_lengths, n_lengths + n_distances))];
	}

	function copy(from, out, symbol, distances) {
		const length = LENGTHS[symbol - 257] + from.bits(LENGTH_BITS[symbol - 257]);
		const s = from.symbol(distances), extra = s < 4 ? 0 : (s >> 1) - 1;
		const back = (s < 4 ? s : (2 + (s & 1)) << extra) + 1 + from.bits(extra);

		for (let i = 0; i < length; i++)
			out.push(out[out.length - back]);
	}

	function inflate(bytes) {
		const from = reader(bytes), out = [];
		let last = 0;

		while (!last) {
			last = from.bits(1);
			const kind = from.bits(2);

			if (kind === STORED) {
				from.align();
				const n = from.bits(16);

				from.bits(16);
				for (let i = 0; i < n; i++)
					out.push(from.bits(8));
				continue;
			}
			const [lengths, distances] = kind === FIXED ? fixed() : dynamic(from);

			for (let s = from.symbol(lengths); s !== END; s = from.symbol(lengths))
				if (s < END)
					out.push(s);
				else
					copy(from, out, s, distances);
		}
		return Uint8Array.from(out);
	}

	/* The JSON value in a packed text. */
	tcpcraft.unpack = (text) => {
		const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

		return JSON.parse(new TextDecoder().decode(inflate(bytes)));
	};
})();
