namespace ServerlessMme.Storage.Queues;

/// <summary>A message as it was taken from the queue.</summary>
/// <param name="Body">As it is stored: plain or base64.</param>
/// <param name="Tries">How often it was taken, this time included.</param>
public sealed record IncomingMessage(BinaryData Body, long Tries);
