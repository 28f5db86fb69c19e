using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Catalogs;
using ServerlessMme.Hosting;

namespace ServerlessMme.Cli.Composition;

/// <summary>The host of commands that need no storage, because their models are in a local folder.</summary>
internal static class LocalHost
{
    /// <param name="modelsFolder">A folder of model folders.</param>
    public static IHost Build(string modelsFolder) => Build(new FolderModelCatalog(modelsFolder));

    /// <summary>Builds the host, and checks its settings beside what the caller does first.</summary>
    /// <param name="settings">Fails if a setting is missing or invalid. Await it before the first answer.</param>
    public static IHost Start(string modelsFolder, out Task settings)
    {
        var host = Unchecked(new FolderModelCatalog(modelsFolder)).Build();
        settings = Task.Run(() => ReadyHost.Check(host));
        return host;
    }

    public static IHost Build(FolderModelCatalog models) => ReadyHost.Build(Unchecked(models));

    private static HostApplicationBuilder Unchecked(FolderModelCatalog models)
    {
        var builder = MmeHost.CreateBuilder(null, quiet: true);
        // The command itself reports why a model is refused.
        builder.Logging.AddFilter("ServerlessMme.Core.Models.Cache", LogLevel.Error);
        builder.Services.AddClassifier(builder.Configuration);
        builder.Services.AddSingleton<IModelCatalog>(models);
        return builder;
    }
}
