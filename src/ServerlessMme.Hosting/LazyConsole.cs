using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ServerlessMme.Hosting;

/// <summary>
/// The console log, set up at its first entry. Most commands log nothing, and the setup takes a tenth of a short
/// command's time. In settings, it has the real provider's name. Thread-safe.
/// </summary>
[ProviderAlias("Console")]
internal sealed class LazyConsole(IServiceProvider services) : ILoggerProvider
{
    private readonly Lazy<ConsoleLoggerProvider> _console = new(
        () => ActivatorUtilities.CreateInstance<ConsoleLoggerProvider>(services));

    /// <summary>Replaces the console's provider, which must already be registered.</summary>
    public static void Use(ILoggingBuilder logging)
    {
        logging.Services.RemoveAll<ILoggerProvider>();
        logging.Services.AddSingleton<ILoggerProvider, LazyConsole>();
    }

    public ILogger CreateLogger(string categoryName) => new Logger(_console, categoryName);

    public void Dispose()
    {
        if (_console.IsValueCreated)
        {
            _console.Value.Dispose();
        }
    }

    private sealed class Logger(Lazy<ConsoleLoggerProvider> console, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        // The factory's filters run before this.
        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            console.Value.CreateLogger(category).Log(logLevel, eventId, state, exception, formatter);
    }
}
