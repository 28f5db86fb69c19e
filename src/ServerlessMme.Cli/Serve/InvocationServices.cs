using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Serve.Signatures;

namespace ServerlessMme.Cli.Serve;

/// <summary>InvokeEndpoint over the warm cache: what <c>mme serve</c> and the Functions app have in common.</summary>
internal static class InvocationServices
{
    public static IServiceCollection AddInvocations(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddMmeOptions<ServeOptions>(configuration, "Mme:Serve");
        services.AddSingleton<Admission>();
        services.AddSingleton<TargetModels>();
        services.AddSingleton<Invoker>();
        services.AddSingleton<InvocationRoute>();
        services.AddSingleton<SignatureVerifier>();
        services.AddSingleton<RequestGate>();
        return services;
    }
}
