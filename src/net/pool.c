/* pool.c - the threads that run handlers which may wait for a commit, so that no other client waits for it, too. */
#include "net/inside.h"

static struct exchange *take(struct http_server *server) {
    pthread_mutex_lock(&server->queue_lock);
    while (!server->queue_first && !server->queue_closed) pthread_cond_wait(&server->queue_ready, &server->queue_lock);
    struct exchange *x = server->queue_first;
    if (x) {
        server->queue_first = x->next;
        if (!x->next) server->queue_last = NULL;
    }
    pthread_mutex_unlock(&server->queue_lock);
    return x;
}

static void *writer_run(void *argument) {
    struct http_server *server = argument;
    for (struct exchange *x; (x = take(server));) {
        struct MHD_Connection *connection = x->connection;
        exchange_run(x);
        MHD_resume_connection(connection); /* from here on x belongs to the connection's thread */
    }
    return NULL;
}

bool pool_add(struct http_server *server, struct exchange *x) {
    x->next = NULL;
    pthread_mutex_lock(&server->queue_lock);
    bool open = !server->queue_closed;
    if (open) {
        *(server->queue_last ? &server->queue_last->next : &server->queue_first) = x;
        server->queue_last = x;
        pthread_cond_signal(&server->queue_ready);
    }
    pthread_mutex_unlock(&server->queue_lock);
    return open;
}

enum fault pool_start(struct http_server *server) {
    pthread_mutex_init(&server->queue_lock, NULL);
    pthread_cond_init(&server->queue_ready, NULL);
    server->writers = memory_new(sizeof *server->writers * server->config.writing_threads);
    for (; server->writers_count < server->config.writing_threads; server->writers_count++)
        if (pthread_create(&server->writers[server->writers_count], NULL, writer_run, server)) {
            pool_stop(server);
            return FAULT_SYSTEM;
        }
    return FAULT_NONE;
}

void pool_stop(struct http_server *server) {
    pthread_mutex_lock(&server->queue_lock);
    server->queue_closed = true;
    pthread_cond_broadcast(&server->queue_ready);
    pthread_mutex_unlock(&server->queue_lock);
    for (unsigned i = 0; i < server->writers_count; i++) pthread_join(server->writers[i], NULL);
    memory_release(&server->writers);
    server->writers_count = 0;
}
