using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Trace;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Catalogs;
using ServerlessMme.Hosting;
using ServerlessMme.Onnx;
using ServerlessMme.Serving.Console;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Container;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Gate;
using ServerlessMme.Serving.Invocations;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Serving;

/// <summary>Builds the server of <c>mme serve</c>.</summary>
public static class ServeHost
{
    // SageMaker kills a container 30 s after SIGTERM.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(25);

    // The storage container that holds models.
    private const string StorageSource = "models";

    // A connection that is just opening may be slow.
    private static readonly TimeSpan RateGracePeriod = TimeSpan.FromSeconds(5);

    /// <param name="configure">Runs last, for tests.</param>
    public static WebApplication Build(ServeSettings settings, Action<WebApplicationBuilder>? configure = null)
    {
        OnnxBackendFactory.PrepareRuntime();
        // Otherwise, the builder watches the current folder, and all folders below it, for changes to appsettings.json.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        MmeHost.Configure(builder, settings.Storage, quiet: false);
        builder.Configuration.AddInMemoryCollection(
            settings.Aliases.ToDictionary(alias => $"Mme:Serve:Aliases:{alias.Key}", alias => (string?)alias.Value));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The gate enforces its own limit, because its error must have SageMaker's format.
            kestrel.Limits.MaxRequestBodySize = null;
            if (settings.Console is not null)
            {
                kestrel.Limits.MaxRequestLineSize = ConsoleHost.MaxRequestLine;
            }

            kestrel.Listen(settings.Address, settings.Port);
        });
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<ServeOptions>>((kestrel, serve) =>
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(serve.Value.MinBodyRate, RateGracePeriod));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        AddTelemetry(builder);
        AddModels(builder, settings);
        AddServer(builder, settings);
        if (settings.Console is { } console)
        {
            builder.Services.AddConsole(builder.Configuration, console);
        }

        configure?.Invoke(builder);
        var app = builder.Build();
        UnknownSettings.Warn(app.Services);
        return Map(app, settings.Console is not null);
    }

    private static void AddTelemetry(WebApplicationBuilder builder) =>
        builder.AddTelemetry("mme-serve")?.WithTracing(tracing => tracing.AddAspNetCoreInstrumentation(requests =>
            // SageMaker checks every few seconds whether the container is alive.
            requests.Filter = context => context.Request.Path != "/ping"));

    private static void AddModels(WebApplicationBuilder builder, ServeSettings settings)
    {
        builder.Services.AddClassifier(builder.Configuration);
        if (settings.ModelsFolder is { } folder)
        {
            builder.Services.AddSingleton<ArtifactFolder>();
            builder.Services.AddSingleton<IModelCatalog>(provider =>
                new FolderModelCatalog(folder, provider.GetRequiredService<ArtifactFolder>()));
        }
        else
        {
            builder.Services.AddStorage(builder.Configuration);
        }
    }

    private static void AddServer(WebApplicationBuilder builder, ServeSettings settings)
    {
        builder.Services.AddInvocations(builder.Configuration);
        builder.Services.AddSingleton(provider => new ContainerModels(
            settings.ModelsFolder ?? ServeSettings.SageMakerFolder,
            provider.GetServices<IBackendFactory>(),
            provider.GetRequiredService<IOptions<ServeOptions>>(),
            provider.GetRequiredService<IOptions<ModelCacheOptions>>(),
            provider.GetRequiredService<MemoryPlan>(),
            provider.GetRequiredService<WorkingMemory>()));
        builder.Services.AddSingleton(provider => new LoadedModels(
            provider.GetRequiredService<ContainerModels>(),
            provider.GetRequiredService<ModelCache>(),
            settings.ModelsFolder is { } folder ? Path.TrimEndingDirectorySeparator(folder) : StorageSource));
    }

    private static WebApplication Map(WebApplication app, bool hasConsole)
    {
        var gate = app.Services.GetRequiredService<RequestGate>();
        var console = hasConsole ? app.Services.GetRequiredService<ConsoleGate>() : null;
        app.Use(next => context =>
            console is not null && context.Request.Path.StartsWithSegments(ConsoleServices.Path)
                ? console.InvokeAsync(context, next)
                : gate.InvokeAsync(context, next));
        app.UseRouting();
        if (hasConsole)
        {
            app.MapConsoleRoutes();
        }

        app.MapContainer();
        app.MapPost("/endpoints/{endpoint}/invocations", (HttpContext context, string endpoint) =>
            app.Services.GetRequiredService<InvocationRoute>().InvokeAsync(context, endpoint));
        app.MapFallback(context => throw new ServeException(new ServeError(
            404, "UnknownOperationException", $"{context.Request.Method} isn't supported at this path.")));
        return app;
    }
}
