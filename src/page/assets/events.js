/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of a ladder's events are seen, of one connection or of all, and what there is to each. */
(() => {
	/* A frame's bytes and fields, unpacked with its neighbours. */
	function frames_of(data) {
		let which, frames;

		return (e) => {
			if (e.frame === undefined)
				return null;
			const at = Math.floor(e.frame / data.frames_packed);

			if (at !== which)
				frames = tcpcraft.unpack(data.details[at]);
			which = at;
			return frames[e.frame % data.frames_packed];
		};
	}

	/* Time between two events that is nothing special. */
	function usual_pause(events) {
		const pauses = events.slice(1).map((e, i) => e.time_ns - events[i].time_ns)
			.sort((a, b) => a - b);

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

	tcpcraft.events = { ALL, frames_of, usual_pause, ends_of_all, events_of };
})();
