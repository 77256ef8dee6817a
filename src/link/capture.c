/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where frames come from, and the one thread that stays besides the driver's. They come from
 * libpcap's ring, or from a socket that is there at once (tap.h); "the ring" below is either. The
 * thread copies frame and stamp into the queue and does nothing else; it ends when `stop` is
 * readable and is joined. It never touches the connection, prints or allocates. So the ring is
 * emptied whatever the driver is doing. A driver that has nothing to do but wait for a
 * frame takes its turn at the ring and spares itself the hand-over.
 */
#include "capture.h"
#include "base/opened.h"
#include "privilege.h"
#include "queue.h"
#include "tap.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_DEFAULT ((size_t)64 << 20)
#define BLOCK_MS 1
#define DRIVER_TAKES 64		/* frames at a time; then it has to work on them */
#define FRAME_NS (2 * TC_US)	/* nobody fills the ring faster: a frame */
#define RING_SLOTS_MAX 4096	/* in immediate mode; more need not be emptied */
#define THREAD_TAKES 128	/* between two looks at `stop`; then a driver that waits has its turn */
#define GONE "the interface is gone"
#define GONE_LOOK (250 * TC_MS)	/* a socket says that its interface is down, not that it goes */

struct tc_capture {
	int tap;			/* negative: libpcap's */
	uint8_t *room;			/* for a frame of its, where the queue has none for any */
	tc_time last;			/* stamp of its frame before */
	pcap_t *pcap;
	struct tc_queue *queue;
	pthread_t thread;
	bool threaded;
	bool down;			/* its interface was, and may be gone */
	bool nano;			/* stamps are in nanoseconds, not microseconds */
	bool blocks;			/* frames come in blocks, after BLOCK_MS at most */
	int stop;			/* eventfd: the thread is to end */
	pthread_mutex_t turn;		/* held by who reads from pcap and fills the queue */
	tc_time leave_ns;		/* how long the ring has room for sure */
	bool drained_by_driver;		/* by its own reading; under `turn` */
	atomic_int died;		/* negative errno; `reason` is set before it */
	char reason[PCAP_ERRBUF_SIZE];
	uint64_t dropped;
};

static int open_error(const char *ifname, int rc, pcap_t *p, struct tc_error *err)
{
	switch (rc) {
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return tc_fail(err, -EPERM, "capturing on %s needs %s", ifname,
			       tc_privilege_raw());
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return tc_fail(err, -ENODEV, "no such interface: %s", ifname);
	case PCAP_ERROR_IFACE_NOT_UP:
		return tc_fail(err, -ENETDOWN, "%s is down: ip link set %s up", ifname,
			       ifname);
	default:
		return tc_fail(err, -EIO, "cannot capture on %s: %s", ifname,
			       pcap_geterr(p));
	}
}

/*
 * In immediate mode each frame has a slot of snaplen bytes, which the ring rounds up to
 * 128 KiB: ask for half to use `bytes` of memory. In blocks (TPACKET_V3) frames lie
 * close together.
 */
static size_t ring_bytes(const struct tc_link_config *cfg)
{
	size_t bytes = cfg->buffer_bytes ? cfg->buffer_bytes : BUFFER_DEFAULT;

	if (cfg->immediate)
		bytes /= 2;
	return bytes < INT32_MAX ? bytes : INT32_MAX;
}

static int activate(struct tc_capture *c, const struct tc_link_config *cfg,
		    struct tc_error *err)
{
	const char *ifname = cfg->path->ifname;
	pcap_t *p = c->pcap;
	int rc;

	/* These fail only after activation, except for the precision. */
	pcap_set_snaplen(p, TC_SNAPLEN);
	pcap_set_promisc(p, cfg->promiscuous);
	pcap_set_immediate_mode(p, cfg->immediate);
	pcap_set_timeout(p, BLOCK_MS);
	pcap_set_buffer_size(p, (int)ring_bytes(cfg));
	c->nano = pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO) == 0;
	rc = pcap_activate(p);
	return rc < 0 ? open_error(ifname, rc, p, err) : 0;
}

static int install(struct tc_capture *c, const char *filter, struct tc_error *err)
{
	struct bpf_program prog;
	int rc;

	if (pcap_compile(c->pcap, &prog, filter, 1, PCAP_NETMASK_UNKNOWN) < 0)
		return tc_fail(err, -EINVAL, "capture filter '%s': %s", filter,
			       pcap_geterr(c->pcap));
	rc = pcap_setfilter(c->pcap, &prog);
	pcap_freecode(&prog);
	if (rc < 0)
		return tc_fail(err, -EIO, "capture filter '%s': %s", filter,
			       pcap_geterr(c->pcap));
	return 0;
}

/*
 * Of frames with these tags alone. A tag that card or kernel took out of the frame is in the
 * kernel's notes on it (packet(7), PACKET_AUXDATA): "vlan" looks there as well, and libpcap
 * puts it back into the frame.
 */
static int set_filter(struct tc_capture *c, const struct tc_vlan *vlan, const char *filter,
		      struct tc_error *err)
{
	struct tc_buf tagged = { 0 };
	int rc;

	for (unsigned i = 0; i < vlan->n; i++)
		tc_buf_printf(&tagged, "vlan %u and ", vlan->id[i]);
	tc_buf_printf(&tagged, vlan->n ? "(%s)" : "%s", filter);
	rc = tagged.failed ? tc_nomem(err) : install(c, (const char *)tagged.data, err);
	tc_buf_free(&tagged);
	return rc;
}

static void ignore_frame(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
	(void)user, (void)h, (void)bytes;
}

/*
 * Between activation and filter every frame of the interface was taken. On a busy one
 * that can fill the ring, and the first answer to us would find no room: make room, and
 * forget what was lost till now.
 */
static int start_afresh(struct tc_capture *c, struct tc_error *err)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	if (pcap_setnonblock(c->pcap, 1, why) < 0)
		return tc_fail(err, -EIO, "cannot poll the capture: %s", why);
	pcap_dispatch(c->pcap, RING_SLOTS_MAX, ignore_frame, NULL);
	tc_capture_dropped(c);
	c->dropped = 0;
	return 0;
}

static void to_frame(const struct tc_capture *c, const struct pcap_pkthdr *h,
		     const u_char *bytes, struct tc_frame *f)
{
	f->bytes = bytes;
	f->len = h->caplen;
	f->wire_len = h->len;
	f->stamp = (tc_time)h->ts.tv_sec * TC_S +
		   (tc_time)h->ts.tv_usec * (c->nano ? 1 : TC_US);
}

static void on_frame(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct tc_capture *c = (struct tc_capture *)(void *)user;
	struct tc_frame f;

	to_frame(c, h, bytes, &f);
	tc_queue_push(c->queue, &f);
}

/* How many frames the socket gave, or why it gives none any more. Each is read into the queue;
 * where that has no room for the longest there may be, the frame may yet be one that fits. */
static int empty_tap(struct tc_capture *c, int most)
{
	struct tc_frame f;
	uint8_t *room;
	int n = 0, rc;

	for (; n < most; n++) {
		room = tc_queue_room(c->queue, TC_SNAPLEN);
		rc = tc_tap_read(c->tap, room ? room : c->room, &c->last, &f);
		if (rc <= 0)
			return n || rc == -ENETDOWN ? n : rc;
		if (room)
			tc_queue_put(c->queue, &f);
		else
			tc_queue_push(c->queue, &f);
	}
	return n;
}

static void die(struct tc_capture *c, const char *reason)
{
	snprintf(c->reason, sizeof c->reason, "%s", reason);
	atomic_store_explicit(&c->died, -ENODEV, memory_order_release);
	tc_queue_alarm(c->queue);
}

/* What the ring holds, `most` frames of it, goes into the queue; c->turn is ours. */
static int empty_ring(struct tc_capture *c, int most)
{
	int n;

	if (atomic_load_explicit(&c->died, memory_order_relaxed))
		return 0;	/* the other thread said it; `reason` may be read */
	if (c->tap >= 0)
		n = empty_tap(c, most);
	else
		n = pcap_dispatch(c->pcap, most, on_frame, (u_char *)c);
	if (n >= 0)
		return n;
	die(c, c->tap >= 0 ? strerror(-n) : pcap_geterr(c->pcap));
	return 0;
}

/* Of this thread alone, which reads what others send, and opens nothing. */
static void drop_capabilities(void)
{
	struct __user_cap_header_struct of = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	syscall(SYS_capset, &of, none);
}

/* libpcap does so for its ring. What the driver has said stands: it may be reading it. */
static void look_for_interface(struct tc_capture *c)
{
	if (!tc_tap_is_gone(c->tap))
		return;
	pthread_mutex_lock(&c->turn);
	if (!atomic_load_explicit(&c->died, memory_order_relaxed))
		die(c, GONE);
	pthread_mutex_unlock(&c->turn);
}

/*
 * To wake this thread costs whoever delivers a frame, and that is the driver itself when
 * the peer is on this machine: some 5 us. So for a moment after the driver has emptied
 * the ring itself this leaves it alone, for as long as the ring has room in any case.
 */
static void *capture_main(void *arg)
{
	struct tc_capture *c = arg;
	struct pollfd fds[2] = {
		{ .fd = c->stop, .events = POLLIN },
		{ .fd = tc_capture_fd(c), .events = POLLIN },
	};
	const struct timespec moment = { .tv_nsec = c->leave_ns }, look = { .tv_nsec = GONE_LOOK };
	const struct timespec *wait = c->tap >= 0 ? &look : NULL;
	bool leave;

	drop_capabilities();
	while (!fds[0].revents && !atomic_load_explicit(&c->died, memory_order_relaxed)) {
		pthread_mutex_lock(&c->turn);
		leave = c->drained_by_driver;
		c->drained_by_driver = false;
		if (empty_ring(c, THREAD_TAKES) == THREAD_TAKES)
			leave = false;	/* there may be more */
		pthread_mutex_unlock(&c->turn);
		if (ppoll(fds, leave ? 1 : 2, leave ? &moment : wait, NULL) == 0 && !leave)
			look_for_interface(c);
	}
	return NULL;
}

/* The thread has a lower priority than a driver that goes first (host/realtime.h), to which it may
 * have lost its processor in the middle of a turn: who waits for the turn lends it its own. */
static int make_turn(pthread_mutex_t *turn)
{
	pthread_mutexattr_t how;
	int rc = pthread_mutexattr_init(&how);

	if (rc)
		return rc;
	pthread_mutexattr_setprotocol(&how, PTHREAD_PRIO_INHERIT);
	rc = pthread_mutex_init(turn, &how);
	pthread_mutexattr_destroy(&how);
	return rc == ENOTSUP ? pthread_mutex_init(turn, NULL) : rc;	/* a kernel without it */
}

void tc_capture_settle(struct tc_capture *c)
{
	if (!c->threaded || c->blocks)
		return;
	pthread_mutex_lock(&c->turn);
	pthread_mutex_unlock(&c->turn);
}

int tc_capture_help(struct tc_capture *c, struct tc_error *err)
{
	int n, code = atomic_load_explicit(&c->died, memory_order_acquire);

	if (code)
		return tc_fail(err, code, "the capture ended: %s", c->reason);
	if (c->blocks || pthread_mutex_trylock(&c->turn) != 0)
		return 0;
	/* of a socket's one, which is worked on before the next system call */
	n = empty_ring(c, c->tap >= 0 ? 1 : DRIVER_TAKES);
	if (n > 0)
		c->drained_by_driver = true;
	pthread_mutex_unlock(&c->turn);
	return n;
}

/* Signals are the driver's: the new thread inherits a mask that blocks them all. */
int tc_link_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}

static int start_thread(struct tc_capture *c, struct tc_error *err)
{
	int rc = tc_link_thread(&c->thread, capture_main, c);

	if (rc)
		return tc_fail(err, -rc, "cannot start the capture thread: %s",
			       strerror(rc));
	c->threaded = true;
	return 0;
}

static int open_pcap(struct tc_capture *c, const struct tc_link_config *cfg,
		     struct tc_error *err)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	int rc;

	c->pcap = pcap_create(cfg->path->ifname, why);
	if (!c->pcap)
		return tc_fail(err, -EIO, "cannot capture on %s: %s", cfg->path->ifname,
			       why);
	rc = activate(c, cfg, err);
	if (rc == 0 && cfg->filter)
		rc = set_filter(c, &cfg->path->vlan, cfg->filter, err);
	return rc < 0 ? rc : start_afresh(c, err);
}

int tc_capture_tap(const struct tc_link_config *cfg)
{
	return tc_tap_open(cfg, ring_bytes(cfg));
}

static int open_source(struct tc_capture *c, const struct tc_link_config *cfg,
		       struct tc_error *err)
{
	if (c->tap < 0)
		return open_pcap(c, cfg, err);
	c->room = malloc(TC_SNAPLEN);
	return c->room ? 0 : tc_nomem(err);
}

int tc_capture_open(struct tc_capture **out, const struct tc_link_config *cfg, int tap,
		    struct tc_queue *queue, struct tc_error *err)
{
	struct tc_capture *c = calloc(1, sizeof *c);
	int rc;

	if (!c) {
		if (tap >= 0)
			close(tap);
		return tc_nomem(err);
	}
	c->tap = tap;
	c->queue = queue;
	c->blocks = !cfg->immediate;
	c->leave_ns = (tc_time)(ring_bytes(cfg) / TC_SNAPLEN) * FRAME_NS;
	rc = make_turn(&c->turn);
	if (rc) {
		free(c);
		if (tap >= 0)
			close(tap);
		return tc_fail(err, -rc, "cannot make a lock: %s", strerror(rc));
	}
	c->stop = eventfd(0, EFD_CLOEXEC);
	if (c->stop < 0) {
		rc = tc_fail_errno(err, "cannot make an event descriptor");
		tc_capture_close(c);
		return rc;
	}
	rc = open_source(c, cfg, err);
	if (rc == 0 && !cfg->busy_poll)
		rc = start_thread(c, err);
	return TC_OPENED(out, c, rc, tc_capture_close);
}

void tc_capture_close(struct tc_capture *c)
{
	uint64_t one = 1;

	if (!c)
		return;
	if (c->threaded) {
		if (write(c->stop, &one, sizeof one) < 0)
			return;		/* never: the counter is 0 */
		pthread_join(c->thread, NULL);
	}
	if (c->tap >= 0)
		close(c->tap);
	if (c->pcap)
		pcap_close(c->pcap);
	free(c->room);
	if (c->stop >= 0)
		close(c->stop);
	pthread_mutex_destroy(&c->turn);
	free(c);
}

static int poll_tap(struct tc_capture *c, struct tc_frame *f, struct tc_error *err)
{
	int rc = tc_tap_read(c->tap, c->room, &c->last, f);

	if (rc == -ENETDOWN) {
		c->down = true;
		rc = 0;
	}
	if (rc < 0)
		return tc_fail(err, -ENODEV, "the capture ended: %s", strerror(-rc));
	if (rc == 0 && c->down && tc_tap_is_gone(c->tap))
		return tc_fail(err, -ENODEV, "the capture ended: " GONE);
	return rc;
}

static int poll_pcap(struct tc_capture *c, struct tc_frame *f, struct tc_error *err)
{
	struct pcap_pkthdr *h;
	const u_char *bytes;
	int rc = pcap_next_ex(c->pcap, &h, &bytes);

	if (rc == 1)
		to_frame(c, h, bytes, f);
	else if (rc < 0)
		return tc_fail(err, -ENODEV, "the capture ended: %s", pcap_geterr(c->pcap));
	return rc;
}

int tc_capture_poll(struct tc_capture *c, struct tc_frame *f, struct tc_error *err)
{
	if (c->tap >= 0)
		return poll_tap(c, f, err);
	return poll_pcap(c, f, err);
}

int tc_capture_fd(const struct tc_capture *c)
{
	return c->tap >= 0 ? c->tap : pcap_get_selectable_fd(c->pcap);
}

int tc_capture_dlt(const struct tc_capture *c)
{
	return c->tap >= 0 ? DLT_EN10MB : pcap_datalink(c->pcap);
}

/* Straight from the kernel (packet(7), PACKET_STATISTICS; reading resets it): pcap_stats
 * would keep its sums in the handle, which the capture thread is using. */
uint64_t tc_capture_dropped(struct tc_capture *c)
{
	struct tpacket_stats_v3 st = { 0 };
	socklen_t len = sizeof st;

	if (getsockopt(tc_capture_fd(c), SOL_PACKET, PACKET_STATISTICS, &st, &len) == 0)
		c->dropped += st.tp_drops;
	return c->dropped;
}
