using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ServerlessMme.Hosting;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Console.Candidates;
using ServerlessMme.Serving.Console.Http;
using ServerlessMme.Serving.Console.Routes;
using ServerlessMme.Serving.Console.Settings;
using ServerlessMme.Serving.Console.Workers;

namespace ServerlessMme.Serving.Console;

/// <summary>Adds the console to a server.</summary>
internal static class ConsoleServices
{
    public const string Path = "/console";

    /// <summary>Adds the console's services. Requires storage and the classifier.</summary>
    public static IServiceCollection AddConsole(
        this IServiceCollection services, IConfiguration configuration, ConsoleSettings settings)
    {
        services.AddMmeOptions<ConsoleOptions>(configuration, "Mme:Console");
        services.AddSingleton(settings);
        services.AddSingleton<ConsoleSecrets>();
        services.AddSingleton<ConsolePage>();
        services.AddSingleton<ConsoleGate>();
        services.AddSingleton<WorkLimits>();
        services.AddSingleton<ModelManifests>();
        services.AddSingleton<CandidateTrials>();
        // Lazy, because it loads ONNX Runtime, which a console needs only to compare candidates.
        services.AddSingleton(provider => new Lazy<CandidateTrials>(provider.GetRequiredService<CandidateTrials>));
        services.AddSingleton<JobFigures>();
        services.AddSingleton<SessionRoutes>();
        services.AddSingleton<AnswerRoutes>();
        services.AddSingleton<ThumbnailRoutes>();
        services.AddSingleton<ModelRoutes>();
        services.AddSingleton<TruthRoutes>();
        services.AddSingleton<CompareRoutes>();
        services.AddSingleton<JobRoutes>();
        services.AddSingleton<PoisonRoutes>();
        services.AddSingleton<DropRoutes>();
        services.TryAddSingleton<IWorkerWatch, NoWorkers>();
        return services;
    }

    /// <summary>Maps everything below /console. The gate must see each of these requests first.</summary>
    public static void MapConsoleRoutes(this WebApplication app)
    {
        app.Services.GetRequiredService<SessionRoutes>().Map(app);
        app.Services.GetRequiredService<AnswerRoutes>().Map(app);
        app.Services.GetRequiredService<ThumbnailRoutes>().Map(app);
        app.Services.GetRequiredService<ModelRoutes>().Map(app);
        app.Services.GetRequiredService<TruthRoutes>().Map(app);
        app.Services.GetRequiredService<CompareRoutes>().Map(app);
        app.Services.GetRequiredService<JobRoutes>().Map(app);
        app.Services.GetRequiredService<PoisonRoutes>().Map(app);
        app.Services.GetRequiredService<DropRoutes>().Map(app);
        app.MapFallback(Path + "/{**path}", NotFound);
    }

    /// <summary>Maps the console as the only content of a server.</summary>
    public static void MapConsole(this WebApplication app)
    {
        var gate = app.Services.GetRequiredService<ConsoleGate>();
        app.Use(next => context => gate.InvokeAsync(context, next));
        app.UseRouting();
        app.MapConsoleRoutes();
        app.MapGet("/", context =>
        {
            // Browsers keep the fragment, which has the token, across a redirect.
            context.Response.Redirect(Path);
            return Task.CompletedTask;
        });
        app.MapFallback("{**path}", NotFound);
    }

    private static Task NotFound(HttpContext context) => throw ConsoleException.NotFound(
        $"{context.Request.Method} isn't supported at this path. The page is at {Path}.");
}
