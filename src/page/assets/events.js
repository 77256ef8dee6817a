/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of a ladder's events are seen, of one connection or of all, and what there is to each. */
(() => {
	/* One of what was packed, so many at once; its neighbours are at hand then. */
	function unpacker(packed, at_once) {
		let which, held;

		return (n) => {
			const at = Math.floor(n / at_once);

			if (at !== which)
				held = tcpcraft.unpack(packed[at]);
			which = at;
			return held[n % at_once];
		};
	}

	/* The events, and frame(e): its bytes, and fields unless it is brief. A row is an
	 * ordinary brief segment; its line is made when somebody looks. */
	function expanded(data) {
		const heads = unpacker(data.heads, data.heads_packed);
		const frames = unpacker(data.details, data.frames_packed);
		let number = 0, time_ns = 0, head = 0;

		class Brief {
			get line() {
				return heads(this.head).line;
			}
		}
		const of_row = (row) => {
			const e = new Brief();

			Object.assign(e, { kind: "tcp", origin: "captured", number: number + 1,
					   time_ns: time_ns + row[0], head });
			data.columns.forEach((name, i) => {
				if (row[i + 1] !== null)
					e[name] = row[i + 1];
			});
			const beside = row[data.columns.length + 1];

			Object.assign(e, typeof beside === "number" ? data.besides[beside] : beside);
			if (e.states)
				e.changes = e.states.map(([side, from, to]) =>
					({ side, from: from || undefined, to, inferred: true }));
			return e;
		};
		const events = data.events.map((told) => {
			const e = Array.isArray(told) ? of_row(told) :
				told.head === undefined ? told :
				Object.assign(new Brief(), told);

			({ number, time_ns } = e);
			if (e.head !== undefined)
				head = e.head + 1;
			return e;
		});
		return { events, frame: (e) => e.frame !== undefined ? frames(e.frame) :
			 e.head !== undefined ? heads(e.head) : null };
	}

	/* The connections; very many are rows of number, ends, outcome and, if it is ours, true. */
	const connections_of = (data) => data.connections.map((c) => Array.isArray(c) ?
		{ number: c[0], left: c[1], right: c[2], outcome: c[3], live: c[4] } : c);

	/* Time between two events that is nothing special. */
	function usual_pause(events) {
		const pauses = Float64Array.from(events.slice(1),
			(e, i) => e.time_ns - events[i].time_ns).sort();

		return pauses.length ? pauses[pauses.length >> 1] : 0;
	}

	/* ALL: whatever came, in its order. */
	const ALL = -1;

	/* The two ends of all connections, as far as they have something in common. */
	function ends_of_all(data) {
		const real = data.connections.filter((c) => c.left);
		const common = (side) => {
			const whole = new Set(real.map((c) => c[side]));
			const hosts = new Set(real.map((c) => c[side].replace(/:.*/, "")));

			return whole.size === 1 ? [...whole][0] :
			       hosts.size === 1 ? [...hosts][0] : "several";
		};
		return { number: ALL, left: common("left"), right: common("right"),
			 live: real.length > 0 && real[0].live };
	}

	function events_of(data, number) {
		if (number === ALL)
			return data.events;
		const alone = data.connections.length === 1;

		return data.events.filter((e) => e.connection === number ||
					  (e.kind === "call" && (alone || !e.connection)));
	}

	tcpcraft.events = { ALL, connections_of, expanded, usual_pause, ends_of_all, events_of };
})();
