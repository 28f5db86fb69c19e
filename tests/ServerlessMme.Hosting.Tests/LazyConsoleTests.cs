using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ServerlessMme.Hosting.Tests;

public sealed class LazyConsoleTests
{
    [Fact]
    public async Task The_console_is_set_up_for_its_first_entry()
    {
        var entries = new List<string?>();
        var created = 0;
        var services = MmeHost.CreateServices(new ConfigurationBuilder().Build());
        services.RemoveAll<ConsoleFormatter>();
        services.AddSingleton<ConsoleFormatter>(_ =>
        {
            created++;
            return new Recorder(entries);
        });
        await using (var provider = services.BuildServiceProvider())
        {
            var logger = provider.GetRequiredService<ILogger<LazyConsoleTests>>();
            logger.LogInformation("below the level of commands");
            Assert.Equal(0, created);

            logger.LogWarning("first");
            logger.LogWarning("second");
        }

        Assert.Equal(1, created);
        Assert.Equal(["first", "second"], entries);
    }

    /// <summary>Takes the place of the formatter of all commands.</summary>
    private sealed class Recorder(List<string?> entries) : ConsoleFormatter(PlainConsoleFormatter.FormatterName)
    {
        public override void Write<TState>(
            in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter) =>
            entries.Add(logEntry.Formatter(logEntry.State, logEntry.Exception));
    }
}
