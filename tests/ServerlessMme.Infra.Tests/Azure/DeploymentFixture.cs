using ServerlessMme.Infra.Tests.Azure;
using ServerlessMme.Infra.Tests.Support;

[assembly: AssemblyFixture(typeof(DeploymentFixture))]

namespace ServerlessMme.Infra.Tests.Azure;

/// <summary>The resources of each kind of deployment, predicted once for all tests.</summary>
public sealed class DeploymentFixture : IAsyncLifetime
{
    /// <summary>Name of the azd environment of <see cref="Azd"/>.</summary>
    public const string AzdEnvironment = "photos";

    /// <summary>Object id of whoever runs azd.</summary>
    public const string AzdPrincipal = "11111111-2222-3333-4444-555555555555";

    private Deployment? _azd;
    private Deployment? _dev;
    private Deployment? _prod;
    private Deployment? _worker;

    /// <summary>What <c>azd up</c> deploys.</summary>
    internal Deployment Azd => _azd ?? Missing();

    internal Deployment Dev => _dev ?? Missing();

    internal Deployment Prod => _prod ?? Missing();

    /// <summary><c>mme worker</c> in Container Apps.</summary>
    internal Deployment Worker => _worker ?? Missing();

    public async ValueTask InitializeAsync()
    {
        if (!Bicep.IsSupported)
        {
            return;
        }

        using var bicep = new Bicep();
        var people = new Dictionary<string, string> { ["MME_ALERT_EMAIL"] = "people@example.com" };
        _dev = await bicep.PredictAsync("dev", people);
        _prod = await bicep.PredictAsync("prod", people);
        _azd = await bicep.PredictAsync("main", new Dictionary<string, string>(people)
        {
            ["AZURE_ENV_NAME"] = AzdEnvironment,
            ["AZURE_LOCATION"] = "swedencentral",
            ["AZURE_PRINCIPAL_ID"] = AzdPrincipal,
        });
        _worker = await bicep.PredictAsync("dev", new Dictionary<string, string>(people)
        {
            ["MME_HOST"] = "containerapp",
            ["MME_WORKER_IMAGE"] = "example.azurecr.io/mme:1",
        });
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static Deployment Missing()
    {
        Assert.Skip(Bicep.Unsupported);
        return null;
    }
}
