#pragma once

/// Where Swift's runtime looks for a hook before it hands a job to its pool of threads; NULL while there is none.
///
/// The runtime offers it for such uses (`swift_task_enqueueGlobal_hook` in swift/Runtime/Concurrency.h). Found by the
/// linker, so it is there in programs with a static runtime, whose symbols nobody can look up by name.
extern void *swift_task_enqueueGlobal_hook;

static inline void **teal_task_hook(void) { return &swift_task_enqueueGlobal_hook; }
