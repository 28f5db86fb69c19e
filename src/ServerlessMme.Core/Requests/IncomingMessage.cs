namespace ServerlessMme.Core.Requests;

/// <summary>A message as it came from the queue.</summary>
/// <param name="Body">UTF-8 as stored: plain or base64.</param>
/// <param name="Tries">The dequeue count, this time included.</param>
/// <param name="Id">The queue's name for the message, if known.</param>
public sealed record IncomingMessage(ReadOnlyMemory<byte> Body, long Tries, string? Id = null);
