using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Catalogs;
using ServerlessMme.Hosting;
using ServerlessMme.Onnx;

namespace ServerlessMme.Cli.Composition;

/// <summary>The host for commands that need no storage because their models are in a local folder.</summary>
internal static class LocalHost
{
    /// <param name="modelsFolder">A folder that contains model folders.</param>
    public static CommandHost Build(string modelsFolder) => Build(new FolderModelCatalog(modelsFolder));

    public static CommandHost Build(FolderModelCatalog models) =>
        CommandHost.Build(null, (services, settings) => Add(services, settings, models));

    /// <summary>Builds a host with its own tensor store, so its models share nothing with others.</summary>
    /// <param name="storePath">Folder of the tensor store.</param>
    public static CommandHost Build(FolderModelCatalog models, string storePath) =>
        CommandHost.Build(null, (services, settings) =>
        {
            Add(services, settings, models);
            services.PostConfigure<OnnxOptions>(options => options.StorePath = storePath);
        });

    /// <summary>Builds the host. The caller must check its settings before the first answer.</summary>
    public static CommandHost BuildUnchecked(FolderModelCatalog models) =>
        CommandHost.BuildUnchecked(null, (services, settings) => Add(services, settings, models));

    private static void Add(IServiceCollection services, IConfiguration settings, FolderModelCatalog models)
    {
        // The command itself reports why a model is refused.
        services.AddLogging(logging => logging.AddFilter("ServerlessMme.Core.Models.Cache", LogLevel.Error));
        services.AddClassifier(settings);
        services.AddSingleton<IModelCatalog>(models);
    }
}
