package healthsim

import "time"

// epoch is when every simulation begins; any fixed moment would do.
var epoch = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// clock runs events in the order of their times; time only passes from one to
// the next.
type clock struct {
	now   time.Time
	seq   uint64
	queue []event // a binary heap
}

type event struct {
	at  time.Time
	seq uint64 // keeps events of the same moment in the order they were made
	do  func()
}

func (a *event) before(b *event) bool {
	if a.at.Equal(b.at) {
		return a.seq < b.seq
	}
	return a.at.Before(b.at)
}

// after runs do when d has passed.
func (c *clock) after(d time.Duration, do func()) { c.when(c.now.Add(max(d, 0)), do) }

func (c *clock) when(at time.Time, do func()) {
	c.seq++
	c.queue = append(c.queue, event{at: at, seq: c.seq, do: do})
	for i := len(c.queue) - 1; i > 0; {
		up := (i - 1) / 2
		if !c.queue[i].before(&c.queue[up]) {
			break
		}
		c.queue[i], c.queue[up] = c.queue[up], c.queue[i]
		i = up
	}
}

// run lets time pass up to a moment.
func (c *clock) run(until time.Time) {
	for len(c.queue) > 0 && !c.queue[0].at.After(until) {
		next := c.pop()
		c.now = next.at
		next.do()
	}
	c.now = until
}

func (c *clock) pop() event {
	first, last := c.queue[0], len(c.queue)-1
	c.queue[0] = c.queue[last]
	c.queue[last] = event{}
	c.queue = c.queue[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if c.queue[child].before(&c.queue[least]) {
				least = child
			}
		}
		if least == i {
			return first
		}
		c.queue[i], c.queue[least] = c.queue[least], c.queue[i]
		i = least
	}
}
