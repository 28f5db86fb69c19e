using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Memory;
using ServerlessMme.Hosting;
using ServerlessMme.Serving.Gate;
using ServerlessMme.Serving.Invocations;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Serving;

/// <summary>
/// Registers InvokeEndpoint on top of the warm cache. <c>mme serve</c> and the Functions app share this registration.
/// </summary>
public static class InvocationServices
{
    public static IServiceCollection AddInvocations(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddMmeOptions<ServeOptions>(configuration, "Mme:Serve");
        services.AddOptions<MemoryOptions>().PostConfigure<IOptions<ServeOptions>>((memory, serve) =>
            memory.ReserveForBodies(serve.Value.BodyMemoryBytes(memory.FindLimit())));
        services.AddSingleton<Admission>();
        services.AddSingleton(provider => new BodyMemory(
            provider.GetRequiredService<MemoryPlan>().BodyBytes, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<TargetModels>();
        services.AddSingleton<Invoker>();
        services.AddSingleton<GroupInvoker>();
        services.AddSingleton<InvocationRoute>();
        services.AddSingleton<SignatureVerifier>();
        services.AddSingleton<RequestGate>();
        services.AddSingleton(provider => new InvokeEndpoint(
            provider.GetRequiredService<RequestGate>(), provider.GetRequiredService<InvocationRoute>()));
        return services;
    }
}
