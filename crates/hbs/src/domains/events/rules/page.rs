//! A page of the feed: which events are told, and the stretch of each stream that the page accounts for.
use crate::outbox::Link;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Links that a page reads at most, so that a page costs the same however rare the wanted kinds are.
pub const SCAN: usize = 1000;

/// A page, before its events are read.
#[derive(Debug, PartialEq, Eq)]
pub struct Cut {
    /// Positions of the events that are told.
    pub told: Vec<i64>,
    pub streams: Vec<Stretch>,
    /// Position up to which everything has been read.
    pub next_after: i64,
    pub has_more: bool,
}

/// A stretch of a stream: all of its links that the page has read.
#[derive(Debug, PartialEq, Eq)]
pub struct Stretch {
    pub stream_id: Uuid,
    pub from_seq: i64,
    pub to_seq: i64,
    pub prev_hash: Vec<u8>,
    pub hash: Vec<u8>,
    pub left_out: Vec<Link>,
}

/// Returns how many links to ask for: one more than a page can have, which tells that there is more.
pub fn to_read(kinds: Option<&BTreeSet<&'static str>>, limit: usize) -> usize {
    kinds.map_or(limit, |_| SCAN) + 1
}

/// Cuts a page from the links after `after`, of which one more was asked for than the page can have.
pub fn cut(links: Vec<Link>, kinds: Option<&BTreeSet<&'static str>>, limit: usize, after: i64) -> Cut {
    let most = to_read(kinds, limit) - 1;
    let found = links.len();
    let mut page = Cut { told: Vec::new(), streams: Vec::new(), next_after: after, has_more: false };
    for (read, link) in links.into_iter().enumerate() {
        if read == most || page.told.len() == limit {
            page.has_more = read < found;
            return page;
        }
        page.next_after = link.position;
        let is_told = kinds.is_none_or(|kinds| kinds.contains(link.kind.as_str()));
        let stretch = page.stretch_with(&link);
        if is_told {
            page.told.push(link.position);
        } else {
            stretch.left_out.push(link);
        }
    }
    page
}

impl Cut {
    /// The stretch of the link's stream, with the link at its end.
    fn stretch_with(&mut self, link: &Link) -> &mut Stretch {
        let place = self.streams.iter().position(|stretch| stretch.stream_id == link.stream_id).unwrap_or_else(|| {
            self.streams.push(Stretch {
                stream_id: link.stream_id,
                from_seq: link.seq,
                to_seq: link.seq,
                prev_hash: link.prev_hash.clone(),
                hash: Vec::new(),
                left_out: Vec::new(),
            });
            self.streams.len() - 1
        });
        let stretch = &mut self.streams[place];
        stretch.to_seq = link.seq;
        stretch.hash.clone_from(&link.hash);
        stretch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOTEL: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn link(position: i64, stream_id: Uuid, seq: u8, kind: &str) -> Link {
        Link { position, stream_id, seq: seq.into(), kind: kind.into(), prev_hash: vec![seq - 1], hash: vec![seq] }
    }

    fn links() -> Vec<Link> {
        vec![
            link(11, HOTEL, 1, "booking.created"),
            link(12, OTHER, 8, "room.created"),
            link(14, HOTEL, 2, "stay.created"),
            link(15, HOTEL, 3, "booking.created"),
        ]
    }

    #[test]
    fn without_a_filter_every_event_is_told() {
        let page = cut(links(), None, 4, 10);
        assert_eq!((page.told, page.next_after, page.has_more), (vec![11, 12, 14, 15], 15, false));
        let stretches: Vec<_> = page.streams.iter().map(|s| (s.stream_id, s.from_seq, s.to_seq, s.left_out.len())).collect();
        assert_eq!(stretches, [(HOTEL, 1, 3, 0), (OTHER, 8, 8, 0)]);
        assert_eq!((&page.streams[0].prev_hash, &page.streams[0].hash), (&vec![0], &vec![3]));
        assert_eq!((&page.streams[1].prev_hash, &page.streams[1].hash), (&vec![7], &vec![8]));
    }

    #[test]
    fn a_page_that_is_full_says_that_there_is_more() {
        assert_eq!(to_read(None, 3), 4);
        let page = cut(links(), None, 3, 10);
        assert_eq!((page.told, page.next_after, page.has_more), (vec![11, 12, 14], 14, true));
        let only = BTreeSet::from(["booking.created"]);
        let page = cut(links(), Some(&only), 1, 10);
        assert_eq!((page.told, page.next_after, page.has_more), (vec![11], 11, true));
    }

    #[test]
    fn what_a_filter_leaves_out_stands_in_its_stretch() {
        let page = cut(links(), Some(&BTreeSet::from(["booking.created"])), 4, 10);
        assert_eq!((page.told, page.next_after, page.has_more), (vec![11, 15], 15, false));
        let left_out: Vec<Vec<i64>> = page.streams.iter().map(|s| s.left_out.iter().map(|link| link.seq).collect()).collect();
        assert_eq!(left_out, [vec![2], vec![8]]);
    }

    #[test]
    fn a_page_reads_no_more_than_its_bound_however_little_it_tells() {
        let many: Vec<Link> = (1..).map(|n| Link { seq: n, ..link(n, HOTEL, 1, "room.created") }).take(SCAN + 1).collect();
        let page = cut(many, Some(&BTreeSet::from(["booking.created"])), 50, 0);
        let scan = i64::try_from(SCAN).expect("a number");
        assert_eq!((page.told.len(), page.next_after, page.has_more), (0, scan, true));
        assert_eq!(page.streams[0].left_out.len(), SCAN);
    }

    #[test]
    fn where_nothing_is_the_reader_stays_where_they_are() {
        let page = cut(Vec::new(), None, 50, 7);
        assert_eq!(page, Cut { told: Vec::new(), streams: Vec::new(), next_after: 7, has_more: false });
    }
}
