using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Core.Memory;
using ServerlessMme.Hosting;
using ServerlessMme.Serving.Gate;
using ServerlessMme.Serving.Invocations;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Serving;

/// <summary>
/// Registers InvokeEndpoint over the warm cache, which <c>mme serve</c> and the Functions app share.
/// </summary>
public static class InvocationServices
{
    private const long MostBodyMemoryBytes = 128 << 20;

    public static IServiceCollection AddInvocations(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddMmeOptions<ServeOptions>(configuration, "Mme:Serve")
            .PostConfigure<MemoryPlan>((serve, plan) => serve.MaxBodyMemoryBytes = serve.MaxBodyMemoryBytes > 0
                ? serve.MaxBodyMemoryBytes
                : Math.Max(serve.MinBodyMemoryBytes, Math.Min(MostBodyMemoryBytes, plan.ImageBytes)))
            .Validate<MemoryPlan>(
                (serve, plan) => serve.MaxBodyMemoryBytes <= plan.ImageBytes,
                "Mme:Serve:MaxBodyMemoryBytes, or four times Mme:Serve:MaxBodyBytes, exceeds the process's part for "
                + "images: raise Mme:Memory:ImageBytes, or lower it.");
        services.AddSingleton<Admission>();
        services.AddSingleton<BodyMemory>();
        services.AddSingleton<TargetModels>();
        services.AddSingleton<Invoker>();
        services.AddSingleton<InvocationRoute>();
        services.AddSingleton<SignatureVerifier>();
        services.AddSingleton<RequestGate>();
        services.AddSingleton(provider => new InvokeEndpoint(
            provider.GetRequiredService<RequestGate>(), provider.GetRequiredService<InvocationRoute>()));
        return services;
    }
}
