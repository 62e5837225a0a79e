//! A socket whose other end must go on reading: what waits to be written for too long is an error, and ends the connection.
//!
//! Without it a client that asks for a file and reads nothing would hold its place until the connection's time for HTTP is over.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How long a reader may take nothing. Longer than a WebSocket's own time, so that there the goodbye comes first.
const STALL: Duration = Duration::from_secs(45);

/// The socket.
pub(super) struct Patient<S> {
    socket: S,
    /// Only while something waits to be written: an idle connection pays for a pointer.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    pub(super) fn new(socket: S) -> Self {
        Self { socket, stalled: None }
    }

    fn judge<T>(&mut self, cx: &mut Context<'_>, moved: Poll<Result<T>>) -> Poll<Result<T>> {
        if moved.is_ready() {
            self.stalled = None;
            return moved;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(STALL)));
        stalled.as_mut().poll(cx).map(|()| Err(Error::from(ErrorKind::TimedOut)))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.socket).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let moved = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.judge(cx, moved)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let moved = Pin::new(&mut self.socket).poll_write_vectored(cx, slices);
        self.judge(cx, moved)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let moved = Pin::new(&mut self.socket).poll_flush(cx);
        self.judge(cx, moved)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let moved = Pin::new(&mut self.socket).poll_shutdown(cx);
        self.judge(cx, moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_nothing_ends_the_connection() {
        let (_reader, socket) = duplex(64);
        let began = Instant::now();
        let written = Patient::new(socket).write_all(&[1; 65]).await;
        assert_eq!(written.map_err(|error| error.kind()), Err(ErrorKind::TimedOut));
        assert_eq!(began.elapsed().as_secs(), STALL.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_is_slow_or_has_nothing_to_read_does_not() {
        let (mut reader, socket) = duplex(64);
        let reading = tokio::spawn(async move {
            let mut read = 0;
            while read < 640 {
                sleep(STALL - Duration::from_secs(1)).await;
                read += reader.read(&mut [0; 64]).await.unwrap();
            }
            reader
        });
        let mut socket = Patient::new(socket);
        socket.write_all(&[1; 640]).await.unwrap();
        let _reader = reading.await.unwrap();
        sleep(10 * STALL).await;
        socket.write_all(&[1; 64]).await.unwrap();
    }
}
