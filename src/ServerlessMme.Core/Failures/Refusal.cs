namespace ServerlessMme.Core.Failures;

/// <summary>
/// An expected failure, as data: the reason and the way out. It is reported in a label or next to a poison message.
/// Failures of storage or an endpoint are never refusals; they are thrown, and the queue retries the message.
/// </summary>
/// <param name="Message">One or two sentences for people: what happened, the value, the way out.</param>
public sealed record Refusal(ErrorCode Code, string Message);
