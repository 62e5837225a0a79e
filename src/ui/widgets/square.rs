//! The square of a picture that is kept: all of it at first, and what one moves and zooms to.

/// How near one can come.
pub const NEAREST: f64 = 4.0;

/// A square within a picture, in the picture's pixels from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Square {
    pub x: f64,
    pub y: f64,
    pub side: f64,
    width: f64,
    height: f64,
}

impl Square {
    /// The largest, in the middle.
    #[must_use]
    pub fn middle(width: f64, height: f64) -> Self {
        let side = width.min(height);
        Self { x: (width - side) / 2.0, y: (height - side) / 2.0, side, width, height }
    }

    /// As many times nearer than the largest, at least once and at most [`NEAREST`] times, around the same middle as far as the picture goes.
    #[must_use]
    pub fn zoomed(self, times: f64) -> Self {
        let side = self.width.min(self.height) / times.clamp(1.0, NEAREST);
        let by = (self.side - side) / 2.0;
        Self { side, ..self }.at(self.x + by, self.y + by)
    }

    /// How many times nearer than the largest.
    #[must_use]
    pub fn zoom(self) -> f64 {
        self.width.min(self.height) / self.side
    }

    /// Moved by a part of its side to the right and down, as far as the picture goes.
    #[must_use]
    pub fn moved(self, right: f64, down: f64) -> Self {
        self.at(self.x + right * self.side, self.y + down * self.side)
    }

    /// How far across and down it stands, from 0 to 1 of what there is room for.
    #[must_use]
    pub fn place(self) -> (f64, f64) {
        let share = |at: f64, of: f64| if of > self.side { at / (of - self.side) } else { 0.0 };
        (share(self.x, self.width), share(self.y, self.height))
    }

    /// As far across and down as that.
    #[must_use]
    pub fn placed(self, across: f64, down: f64) -> Self {
        self.at(across * (self.width - self.side), down * (self.height - self.side))
    }

    fn at(self, x: f64, y: f64) -> Self {
        let within = |at: f64, of: f64| at.min(of - self.side).max(0.0);
        Self { x: within(x, self.width), y: within(y, self.height), ..self }
    }
}
