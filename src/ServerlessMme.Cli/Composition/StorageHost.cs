using System.CommandLine;
using Microsoft.Extensions.Hosting;
using ServerlessMme.Hosting;

namespace ServerlessMme.Cli.Composition;

/// <summary>The host of commands that read and write storage, and do not classify.</summary>
internal static class StorageHost
{
    /// <summary>Gives a command the option <c>--storage</c>, and services on that account when it runs.</summary>
    public static Command Run(
        Command command, Func<ParseResult, IServiceProvider, CancellationToken, Task<int>> run)
    {
        var storage = StorageOption.Create();
        command.Add(storage);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = Build(parsed.GetValue(storage));
            return await run(parsed, host.Services, cancellationToken);
        });
        return command;
    }

    private static IHost Build(string? storage)
    {
        var builder = MmeHost.CreateBuilder(storage, quiet: true);
        builder.Services.AddClassifier(builder.Configuration).AddStorage(builder.Configuration);
        return builder.Build();
    }
}
