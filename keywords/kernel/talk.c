/* Talk: suspicious wordings that are enough together, and whether what is said around them may reach a review.

   See `density.py`, `wordings.py` and `settle.py`. */

#include <math.h>
#include <string.h>

#include "kernel.h"

#define CLOSE_BY 120
#define ENOUGH 21.0

/* Keep the wordings that are enough together; `evidence` is theirs. */
int64_t wd_dense(Place *said, double *evidence, int64_t count) {
    int64_t taken = 0, first = 0, marked = 0, kept = 0, stop = 0;
    double strongest = 0.0, total = 0.0;
    for (int64_t at = 0; at < count; at++) {
        if (said[at].start >= stop) taken++;
        else if (!(evidence[at] > strongest)) continue;
        stop = said[at].end, strongest = evidence[at];
        said[taken - 1] = said[at], evidence[taken - 1] = evidence[at];
    }
    for (int64_t last = 0; last < taken; last++) {
        total += evidence[last];
        while (said[last].end - said[first].start > CLOSE_BY) total -= evidence[first++];
        if (!(total >= ENOUGH)) continue;
        for (int64_t at = first > marked ? first : marked; at <= last; at++) said[at].number = -1;
        marked = last + 1;
    }
    for (int64_t at = 0; at < taken; at++)
        if (said[at].number < 0) said[kept++] = said[at];
    return kept;
}

/* Keep the wordings that are whole words without overlaps, the longest first, in text order. */
int64_t wd_longest_said(const Folded *f, Place *said, int64_t count) {
    Place kept[MOST_SAID];
    int64_t size = 0, valid = 0;
    int apart = 1;
    for (int64_t at = 0; at < count; at++) {
        if (!wd_is_whole(f, said[at])) continue;
        apart &= !valid || said[valid - 1].end <= said[at].start;
        said[valid++] = said[at];
    }
    if (apart) return valid; /* as they mostly are */
    for (int64_t at = 1; at < valid; at++) { /* the order within equal ones is that of the text already */
        Place one = said[at];
        int64_t to = at;
        for (; to && length_of(f, said[to - 1].start, said[to - 1].end) < length_of(f, one.start, one.end); to--) said[to] = said[to - 1];
        said[to] = one;
    }
    for (int64_t at = 0; at < valid; at++) {
        int64_t to = size;
        int free_ = 1;
        for (int64_t other = 0; other < size; other++)
            free_ &= said[at].end <= kept[other].start || kept[other].end <= said[at].start;
        if (!free_) continue;
        for (; to && kept[to - 1].start > said[at].start; to--) kept[to] = kept[to - 1];
        kept[to] = said[at];
        size++;
    }
    memcpy(said, kept, (size_t)size * sizeof *said);
    return size;
}

/* Tell whether the talk around these wordings may reach a review; `told`: ordinary words cover some objects. */
int wd_may_reach(const Case *c, const Place *said, int64_t count, int told) {
    const Tables *t = c->t;
    double most = t->base + (c->seen->offered ? t->offered : 0.0) + (told ? t->told : 0.0);
    int64_t size, total = wd_weigh(t, c->w, c->f, said, count, &size), groups = c->seen->groups;
    for (int group = 0; groups; group++, groups >>= 1) most += groups & 1 ? t->said[group] : 0.0;
    double share = t->evidence_length / sqrt((double)((total < 0 ? wd_grams_of(size) : 0) + FEW_GRAMS));
    return most + (double)total * t->step * share >= t->limit;
}
