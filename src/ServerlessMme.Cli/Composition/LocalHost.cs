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

    public static IHost Build(FolderModelCatalog models)
    {
        var builder = MmeHost.CreateBuilder(null, quiet: true);
        // The command itself reports why a model is refused.
        builder.Logging.AddFilter("ServerlessMme.Core.Models.Cache", LogLevel.Error);
        builder.Services.AddClassifier(builder.Configuration);
        builder.Services.AddSingleton<IModelCatalog>(models);
        return ReadyHost.Build(builder);
    }
}
