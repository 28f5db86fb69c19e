namespace ServerlessMme.Core.Failures;

/// <summary>
/// An expected failure, as data: what was refused and the way out. It ends in a label or beside a poison message.
/// Trouble with storage or an endpoint is never a refusal: it is thrown, so that the queue tries again.
/// </summary>
/// <param name="Code">Which of the closed list.</param>
/// <param name="Message">One or two sentences for people: the thing, the value, the way out.</param>
public sealed record Refusal(ErrorCode Code, string Message);
