using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ServerlessMme.Functions.Hosting;
using ServerlessMme.Functions.Triggers;
using ServerlessMme.Hosting;
using ServerlessMme.Onnx;
using ServerlessMme.Onnx.Trials;

if (TrialHost.IsChild(args))
{
    return await TrialHost.RunAsync();
}

OnnxBackendFactory.PrepareRuntime();
try
{
    var builder = FunctionsApplication.CreateBuilder(args);
    builder.ConfigureFunctionsWebApplication();
    builder.Configuration.AddWebJobsStorage();
    // In Azure the host's telemetry has the site's name, so the worker's has the same. The defaults tell the host that
    // this process exports its own telemetry, and make a function's span part of the trace that the host began.
    builder.AddTelemetry(
        builder.Configuration["WEBSITE_SITE_NAME"] ?? "mme-functions",
        telemetry => telemetry.UseFunctionsWorkerDefaults());
    builder.Services.AddApp(builder.Configuration);
    builder.Services.AddSingleton<IFunctionMetadataTransformer>(
        provider => provider.GetRequiredService<TriggerMetadata>());

    using var app = builder.Build();
    var warming = app.Services.GetRequiredService<WarmStart>().RunAsync(CancellationToken.None);
    // The host requests the functions as soon as the app runs, and the worker can't wait for storage at that point.
    await app.Services.GetRequiredService<TriggerMetadata>().ReadModelsAsync(CancellationToken.None);
    var running = app.RunAsync();
    // Throws, and so ends the process, if the settings are invalid.
    await await Task.WhenAny(running, warming);
    await running;
    return 0;
}
catch (Exception exception) when (ErrorText.Explain(exception) is { } explanation)
{
    await Console.Error.WriteLineAsync(explanation.Text);
    return 1;
}
