namespace ServerlessMme.Core.Requests;

/// <summary>A message as received from the queue.</summary>
/// <param name="Body">The body as stored, in UTF-8: plain or base64.</param>
/// <param name="Tries">The dequeue count, including this time.</param>
/// <param name="Id">The message's id in the queue, if known.</param>
public sealed record IncomingMessage(ReadOnlyMemory<byte> Body, long Tries, string? Id = null);
