using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Hosting;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Console.Settings;

namespace ServerlessMme.Serving.Console;

/// <summary>Builds the server of <c>mme console</c>: one page and its API, for one person on this machine.</summary>
public static class ConsoleHost
{
    /// <summary>A cursor may hold a name of 1,024 characters, each up to 12 bytes once it is encoded twice.</summary>
    internal const int MaxRequestLine = 32 << 10;

    private const int MaxConnections = 200;

    /// <param name="configure">Runs last: adds services that only the caller or a test has.</param>
    public static WebApplication Build(ConsoleSettings settings, Action<WebApplicationBuilder>? configure = null)
    {
        // Otherwise, the builder watches the current folder, and all folders below it, for changes to appsettings.json.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        MmeHost.Configure(builder, settings.Storage, quiet: true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxRequestLineSize = MaxRequestLine;
            kestrel.Listen(settings.Address, settings.Port);
        });
        builder.Services.AddClassifier(builder.Configuration).AddStorage(builder.Configuration);
        builder.Services.AddConsole(builder.Configuration, settings);
        configure?.Invoke(builder);
        var app = builder.Build();
        UnknownSettings.Warn(app.Services);
        app.MapConsole();
        return app;
    }

    /// <summary>
    /// Returns the address that opens the page of this server, or of an <c>mme serve</c> with the console. The address
    /// ends with the token. The server must have started.
    /// </summary>
    public static Uri AddressOf(WebApplication app) => new(
        $"{app.Urls.First()}/console#token={app.Services.GetRequiredService<ConsoleSecrets>().Token}");

    /// <summary>
    /// Returns true if the settings have no token, so <see cref="AddressOf"/> is valid for this run only.
    /// </summary>
    public static bool HasGeneratedToken(WebApplication app) =>
        app.Services.GetRequiredService<ConsoleSecrets>().IsGenerated;
}
