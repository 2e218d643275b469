/* A stand-in for SAP AI Core that costs next to nothing: canned answers over HTTP/1.1, one thread, epoll.
 *
 *   upstream PORT DIRECTORY NAME...
 *
 * DIRECTORY holds `token`, `deployments`, and for each deployment id NAME: `NAME.plain` (a whole answer),
 * `NAME.first`, `NAME.event` and `NAME.last` (a stream). Sixteen `@` in an event are replaced by the time in
 * microseconds (CLOCK_MONOTONIC) when it is sent. `GET /control?events=N&interval=MICROSECONDS` sets what
 * the streams that begin afterwards do; interval 0 is full speed. Prints "ready" when it listens.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_CONNECTIONS 4096
#define MOST_ANSWERS 32
#define FULL_SPEED_BATCH (256 * 1024)
#define STAMP_LENGTH 16

struct text { char *bytes; size_t length; };
struct buffer { char *bytes; size_t length, room; };

struct answer {
    char name[64];
    struct text plain, first, event, last; /* ready for the wire: chunked, or with its head */
    size_t stamp;                           /* where the time goes in `event`; 0: nowhere */
};

struct connection {
    int open, watching_writes;
    struct buffer in, out;
    size_t sent;
    const struct answer *streaming;
    long events_left;
    uint64_t interval, due;
};

static struct answer answers[MOST_ANSWERS];
static int answer_count;
static struct text token, deployments;
static struct connection connections[MOST_CONNECTIONS];
static const char *directory;
static int poller;
static long control_events = 20;
static uint64_t control_interval;
static unsigned streams_begun;

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static void append(struct buffer *buffer, const void *bytes, size_t length)
{
    if (buffer->length + length > buffer->room) {
        buffer->room = (buffer->length + length) * 2;
        buffer->bytes = realloc(buffer->bytes, buffer->room);
        if (!buffer->bytes) exit(1);
    }
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
}

static struct text read_file(const char *name, const char *suffix)
{
    char path[1024];
    struct buffer buffer = {0};
    char piece[65536];
    size_t count;
    snprintf(path, sizeof path, "%s/%s%s", directory, name, suffix);
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(1); }
    while ((count = fread(piece, 1, sizeof piece, file)) > 0) append(&buffer, piece, count);
    fclose(file);
    return (struct text){buffer.bytes, buffer.length};
}

static struct text with_head(struct text body)
{
    struct buffer buffer = {0};
    char head[128];
    int length = snprintf(head, sizeof head,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", body.length);
    append(&buffer, head, (size_t)length);
    append(&buffer, body.bytes, body.length);
    return (struct text){buffer.bytes, buffer.length};
}

static struct text chunked(struct text body)
{
    struct buffer buffer = {0};
    char head[32];
    int length = snprintf(head, sizeof head, "%zx\r\n", body.length);
    append(&buffer, head, (size_t)length);
    append(&buffer, body.bytes, body.length);
    append(&buffer, "\r\n", 2);
    return (struct text){buffer.bytes, buffer.length};
}

static void load_answer(const char *name)
{
    static const char stamp[] = "@@@@@@@@@@@@@@@@";
    struct answer *answer = &answers[answer_count++];
    snprintf(answer->name, sizeof answer->name, "%s", name);
    answer->plain = with_head(read_file(name, ".plain"));
    answer->first = chunked(read_file(name, ".first"));
    answer->event = chunked(read_file(name, ".event"));
    answer->last = chunked(read_file(name, ".last"));
    char *found = memmem(answer->event.bytes, answer->event.length, stamp, STAMP_LENGTH);
    answer->stamp = found ? (size_t)(found - answer->event.bytes) : 0;
}

static const struct answer *find_answer(const char *path, size_t length)
{
    static const char marker[] = "/deployments/";
    const char *start = memmem(path, length, marker, sizeof marker - 1);
    if (!start) return NULL;
    start += sizeof marker - 1;
    size_t left = length - (size_t)(start - path);
    const char *end = memchr(start, '/', left);
    if (!end) return NULL;
    for (int i = 0; i < answer_count; i++)
        if (strlen(answers[i].name) == (size_t)(end - start) && !memcmp(answers[i].name, start, (size_t)(end - start)))
            return &answers[i];
    return NULL;
}

static void close_connection(int fd)
{
    close(fd);
    connections[fd].open = 0;
    connections[fd].streaming = NULL;
}

static void append_event(struct connection *c)
{
    char digits[STAMP_LENGTH + 1];
    const struct answer *answer = c->streaming;
    size_t start = c->out.length;
    append(&c->out, answer->event.bytes, answer->event.length);
    if (answer->stamp) {
        snprintf(digits, sizeof digits, "%016llu", (unsigned long long)now_us());
        memcpy(c->out.bytes + start + answer->stamp, digits, STAMP_LENGTH);
    }
    c->events_left--;
}

static void end_stream(struct connection *c)
{
    append(&c->out, c->streaming->last.bytes, c->streaming->last.length);
    append(&c->out, "0\r\n\r\n", 5);
    c->streaming = NULL;
}

static void watch(int fd, int writes)
{
    struct connection *c = &connections[fd];
    if (c->watching_writes == writes) return;
    struct epoll_event event = {.events = EPOLLIN | (writes ? EPOLLOUT : 0), .data.fd = fd};
    epoll_ctl(poller, EPOLL_CTL_MOD, fd, &event);
    c->watching_writes = writes;
}

/* Sends what waits; a stream at full speed makes more until the socket is full. */
static void send_some(int fd)
{
    struct connection *c = &connections[fd];
    for (;;) {
        if (c->streaming && !c->interval)
            while (c->streaming && c->out.length - c->sent < FULL_SPEED_BATCH) {
                if (c->events_left > 0) append_event(c);
                else end_stream(c);
            }
        if (c->sent == c->out.length) break;
        ssize_t count = send(fd, c->out.bytes + c->sent, c->out.length - c->sent, MSG_NOSIGNAL);
        if (count < 0) {
            if (errno == EAGAIN) { watch(fd, 1); return; }
            close_connection(fd);
            return;
        }
        c->sent += (size_t)count;
        if (c->sent == c->out.length) c->sent = c->out.length = 0;
    }
    watch(fd, 0);
}

static void begin_stream(struct connection *c, const struct answer *answer)
{
    static const char head[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";
    append(&c->out, head, sizeof head - 1);
    append(&c->out, answer->first.bytes, answer->first.length);
    c->streaming = answer;
    c->events_left = control_events;
    c->interval = control_interval;
    /* Streams that begin together tick apart, as streams of different users do. */
    c->due = now_us() + (c->interval ? (streams_begun++ * 7919u * 13u) % c->interval : 0);
}

static void answer_request(struct connection *c, const char *line, size_t line_length, const char *body, size_t length)
{
    static const char nothing[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    static const char unknown[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    const struct answer *answer;
    if (memmem(line, line_length, "/control?", 9)) {
        long events = 0;
        unsigned long long interval = 0;
        sscanf(memchr(line, '?', line_length), "?events=%ld&interval=%llu", &events, &interval);
        control_events = events;
        control_interval = interval;
        append(&c->out, nothing, sizeof nothing - 1);
    } else if (memmem(line, line_length, "/oauth/token", 12)) {
        append(&c->out, token.bytes, token.length);
    } else if (memmem(line, line_length, "/lm/deployments", 15)) {
        append(&c->out, deployments.bytes, deployments.length);
    } else if ((answer = find_answer(line, line_length))) {
        int stream = memmem(line, line_length, "stream", 6) != NULL
            || memmem(body, length, "\"stream\":true", 13) || memmem(body, length, "\"stream\": true", 14);
        if (stream) begin_stream(c, answer);
        else append(&c->out, answer->plain.bytes, answer->plain.length);
    } else {
        append(&c->out, unknown, sizeof unknown - 1);
    }
}

static size_t body_length(const char *head, size_t length)
{
    static const char name[] = "\ncontent-length:";
    for (size_t i = 0; i + sizeof name - 1 < length; i++)
        if (head[i] == '\n' && !strncasecmp(head + i, name, sizeof name - 1))
            return (size_t)strtoull(head + i + sizeof name - 1, NULL, 10);
    return 0;
}

static void take_requests(int fd)
{
    struct connection *c = &connections[fd];
    for (;;) {
        char *end = c->in.length ? memmem(c->in.bytes, c->in.length, "\r\n\r\n", 4) : NULL;
        if (!end) return;
        size_t head = (size_t)(end - c->in.bytes) + 4;
        size_t body = body_length(c->in.bytes, head);
        if (c->in.length < head + body) return;
        size_t line = (size_t)((char *)memchr(c->in.bytes, '\r', head) - c->in.bytes);
        answer_request(c, c->in.bytes, line, c->in.bytes + head, body);
        memmove(c->in.bytes, c->in.bytes + head + body, c->in.length - head - body);
        c->in.length -= head + body;
    }
}

static void receive(int fd)
{
    static char piece[1 << 18];
    struct connection *c = &connections[fd];
    ssize_t count = recv(fd, piece, sizeof piece, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) { close_connection(fd); return; }
    append(&c->in, piece, (size_t)count);
    take_requests(fd);
    send_some(fd);
}

static void accept_all(int listener)
{
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= MOST_CONNECTIONS) { close(fd); continue; }
        struct connection *c = &connections[fd];
        c->open = 1;
        c->watching_writes = 0;
        c->in.length = c->out.length = c->sent = 0;
        c->streaming = NULL;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    }
}

/* Sends the paced events that are due; returns milliseconds until the next one, -1 for none. */
static int tick(void)
{
    uint64_t now = now_us(), next = UINT64_MAX;
    for (int fd = 0; fd < MOST_CONNECTIONS; fd++) {
        struct connection *c = &connections[fd];
        if (!c->open || !c->streaming || !c->interval) continue;
        if (c->due <= now) {
            c->due += c->interval;
            if (c->events_left > 0) append_event(c);
            else end_stream(c);
            send_some(fd);
        }
        if (c->open && c->streaming && c->due < next) next = c->due;
    }
    if (next == UINT64_MAX) return -1;
    now = now_us();
    return next <= now ? 0 : (int)((next - now) / 1000) + 1;
}

static int listen_on(int port)
{
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 1024)) { perror("listen"); exit(1); }
    return fd;
}

static void load_all(int count, char **names)
{
    token = with_head(read_file("token", ""));
    deployments = with_head(read_file("deployments", ""));
    for (int i = 0; i < count && i < MOST_ANSWERS; i++) load_answer(names[i]);
}

int main(int argc, char **argv)
{
    static struct epoll_event ready[512];
    if (argc < 3) { fprintf(stderr, "usage: upstream PORT DIRECTORY NAME...\n"); return 2; }
    signal(SIGPIPE, SIG_IGN);
    directory = argv[2];
    load_all(argc - 3, argv + 3);
    int listener = listen_on(atoi(argv[1]));
    poller = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    puts("ready");
    fflush(stdout);
    for (;;) {
        int count = epoll_wait(poller, ready, 512, tick());
        for (int i = 0; i < count; i++) {
            int fd = ready[i].data.fd;
            if (fd == listener) { accept_all(listener); continue; }
            if (connections[fd].open && ready[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(fd);
            if (connections[fd].open && ready[i].events & EPOLLOUT) send_some(fd);
        }
    }
}
