using Microsoft.Extensions.Logging;

namespace ServerlessMme.Testing.Logs;

/// <summary>Remembers the text of each line that is logged. For one thread at a time.</summary>
public sealed class RecordedLog<T> : ILogger<T>
{
    public List<string> Texts { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter) => Texts.Add(formatter(state, exception));
}
