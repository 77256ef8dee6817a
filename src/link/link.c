/* SPDX-License-Identifier: BSD-2-Clause */
/* The link as the driver sees it: capture, queue and injection put together. */
#include "capture.h"
#include "base/opened.h"
#include "inject.h"
#include "newfds.h"
#include "own.h"
#include "queue.h"

#include <tcpcraft/error.h>
#include <tcpcraft/segment.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define QUEUE_DEFAULT ((size_t)16 << 20)

static int choose_injection(const struct tc_link_config *cfg, struct tc_error *err)
{
	const struct tc_path *p = cfg->path;

	switch (cfg->inject) {
	case TC_INJECT_AUTO:
		return p->ethernet ? TC_INJECT_LINK : TC_INJECT_RAW;
	case TC_INJECT_LINK:
		if (!p->ethernet)
			return tc_fail(err, -EINVAL,
				       "%s has no Ethernet headers: use --inject "
				       "raw (or auto)",
				       p->ifname);
		return TC_INJECT_LINK;
	case TC_INJECT_RAW:
		if (p->vlan.n)
			return tc_fail(err, -EINVAL, "--inject raw leaves the link header to the "
				       "kernel, and with it the tag: leave it out");
		return TC_INJECT_RAW;
	}
	return tc_fail(err, -EINVAL, "injection method %d does not exist",
		       (int)cfg->inject);
}

/*
 * Frames that come one by one are awaited where they arrive as well: woken by the ring
 * itself, the driver need not wait for the thread to be woken and to wake it in turn.
 */
static int wait_for_both(struct tc_link *l, struct tc_error *err)
{
	struct epoll_event readable = { .events = EPOLLIN };

	l->wait_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->wait_fd < 0 ||
	    epoll_ctl(l->wait_fd, EPOLL_CTL_ADD, tc_queue_fd(l->rx), &readable) < 0 ||
	    epoll_ctl(l->wait_fd, EPOLL_CTL_ADD, tc_capture_fd(l->capture), &readable) < 0)
		return tc_fail_errno(err, "cannot wait for the capture");
	return 0;
}

static int open_queue(struct tc_link *l, const struct tc_link_config *cfg,
		      struct tc_error *err)
{
	if (cfg->busy_poll)
		return 0;
	return tc_queue_open(&l->rx, cfg->queue_bytes ? cfg->queue_bytes : QUEUE_DEFAULT, err);
}

static int open_capture(struct tc_link *l, const struct tc_link_config *cfg, int tap,
			struct tc_error *err)
{
	int rc = tc_capture_open(&l->capture, cfg, tap, l->rx, err);

	if (rc == 0 && l->rx && cfg->immediate)
		rc = wait_for_both(l, err);
	return rc;
}

/* What opens the injection: its place, and what came of it. */
struct opening {
	struct tc_inject_dev **dev;
	const struct tc_link_config *cfg;
	enum tc_inject how;
	bool bound;
	int rc;
	struct tc_error err;
};

static void *open_injection(void *arg)
{
	struct opening *o = arg;

	o->rc = tc_inject_open(o->dev, o->cfg, o->how, o->bound, &o->err);
	return NULL;
}

/*
 * Both at once: the kernel lets each wait until no processor is in the middle of a frame, some
 * 15 ms (synchronize_net, where a ring is made and where a packet socket gets another protocol).
 * A raw socket is there at once, as is a tap, and what is not bound beside it.
 */
static int open_both(struct tc_link *l, const struct tc_link_config *cfg, enum tc_inject how,
		     struct tc_error *err)
{
	const int tap = tc_capture_tap(cfg);
	struct opening o = { .dev = &l->inject, .cfg = cfg, .how = how, .bound = tap < 0 };
	pthread_t thread;
	struct tc_newfds fds;
	bool aside;
	int rc;

	tc_newfds_note(&fds);
	aside = how == TC_INJECT_LINK && o.bound &&
		tc_link_thread(&thread, open_injection, &o) == 0;
	rc = open_capture(l, cfg, tap, err);
	if (aside)
		pthread_join(thread, NULL);
	else if (rc == 0)
		open_injection(&o);
	tc_newfds_mark(&fds);
	if (rc == 0 && o.rc < 0)
		return tc_fail(err, o.rc, "%s", o.err.msg);
	return rc;
}

static int open_parts(struct tc_link *l, const struct tc_link_config *cfg,
		      struct tc_error *err)
{
	int how = choose_injection(cfg, err);
	int rc = how < 0 ? how : open_queue(l, cfg, err);

	if (rc == 0)
		rc = open_both(l, cfg, (enum tc_inject)how, err);
	if (rc < 0)
		return rc;
	l->ethernet = how == TC_INJECT_LINK;
	l->vlan = cfg->path->vlan;
	l->dlt = tc_capture_dlt(l->capture);
	return 0;
}

int tc_link_open(struct tc_link **out, const struct tc_link_config *cfg,
		 struct tc_error *err)
{
	struct tc_link *l = calloc(1, sizeof *l);
	int rc;

	if (!l)
		return tc_nomem(err);
	l->wait_fd = -1;
	rc = open_parts(l, cfg, err);
	return TC_OPENED(out, l, rc, tc_link_close);
}

static void *close_injection(void *dev)
{
	tc_inject_close(dev);
	return NULL;
}

/* Beside each other, as they were opened: to close a packet socket takes a grace period too. */
static void close_both(struct tc_link *l)
{
	pthread_t thread;
	bool aside = l->ethernet && tc_link_thread(&thread, close_injection, l->inject) == 0;

	if (!aside)
		tc_inject_close(l->inject);
	tc_capture_close(l->capture);	/* joins the thread that fills rx */
	if (aside)
		pthread_join(thread, NULL);
}

void tc_link_close(struct tc_link *l)
{
	if (!l)
		return;
	if (l->memory) {
		tc_memory_release(l->memory);
	} else {
		if (l->wait_fd >= 0)
			close(l->wait_fd);
		close_both(l);
		tc_queue_close(l->rx);
	}
	free(l);
}

int tc_link_send(struct tc_link *l, struct tc_out *frames, size_t n, struct tc_error *err)
{
	int rc = l->memory ? tc_memory_send(l, frames, n, err)
			   : tc_inject_send(l->inject, frames, n, err);
	size_t sent = rc < 0 ? 0 : (size_t)rc;

	l->sent += sent;
	l->send_errors += n - sent;
	return rc;
}

bool tc_link_merges(const struct tc_link *l)
{
	return !l->memory && tc_inject_merges(l->inject);
}

const struct tc_vlan *tc_link_vlan(const struct tc_link *l)
{
	return &l->vlan;
}

size_t tc_link_head(const struct tc_link *l)
{
	return l->ethernet ? tc_vlan_head(&l->vlan) : 0;
}

bool tc_link_sends_ethernet(const struct tc_link *l)
{
	return l->ethernet;
}

int tc_link_can_carry(const struct tc_link *l, const uint8_t *frame, size_t len,
		      struct tc_error *err)
{
	if (l->memory || l->ethernet)
		return 0;
	return tc_inject_raw_can_carry(l->inject, frame, len, err);
}

int tc_link_recv(struct tc_link *l, struct tc_frame *f, struct tc_error *err)
{
	int rc;

	if (!l->rx)
		rc = tc_capture_poll(l->capture, f, err);
	else if (tc_queue_pop(l->rx, f))
		rc = 1;
	else if (!l->capture)
		rc = 0;
	else if ((rc = tc_capture_help(l->capture, err)) > 0)
		rc = tc_queue_pop(l->rx, f);
	if (rc > 0) {
		f->dlt = l->dlt;
		l->received++;
	}
	return rc;
}

int tc_link_fd(const struct tc_link *l)
{
	if (l->wait_fd >= 0)
		return l->wait_fd;
	return l->rx ? tc_queue_fd(l->rx) : tc_capture_fd(l->capture);
}

bool tc_link_sleep(struct tc_link *l)
{
	if (!l->rx)
		return true;
	if (l->capture)
		tc_capture_settle(l->capture);
	return tc_queue_sleep(l->rx);
}

void tc_link_wake(struct tc_link *l)
{
	if (l->rx)
		tc_queue_wake(l->rx);
}

int tc_link_dlt(const struct tc_link *l)
{
	return l->dlt;
}

int tc_link_sends_dlt(const struct tc_link *l)
{
	return l->ethernet ? TC_DLT_EN10MB : TC_DLT_RAW;
}

void tc_link_stats(const struct tc_link *l, struct tc_link_stats *out)
{
	*out = (struct tc_link_stats){
		.received = l->received,
		.sent = l->sent,
		.send_errors = l->send_errors,
		.dropped = l->rx ? tc_queue_dropped(l->rx) : 0,
	};
	if (l->capture)
		out->dropped += tc_capture_dropped(l->capture);
}
