using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Hosting;

/// <summary>A section of the settings and a class that it is bound to.</summary>
internal sealed record SettingsSection(string Name, Type Options);

/// <summary>Finds settings below <c>Mme:</c> that nothing reads, because most of them are typos.</summary>
public static class UnknownSettings
{
    // Only servers and the Functions app register these, but other processes may share their settings.
    private static readonly string[] Elsewhere = ["Mme:Console", "Mme:Serve", "Mme:Triggers"];

    /// <summary>Logs a warning for each unknown setting.</summary>
    public static void Warn(IServiceProvider services)
    {
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(UnknownSettings));
        foreach (var problem in Find(services))
        {
            logger.LogWarning("{Problem}", problem);
        }
    }

    private static IEnumerable<string> Find(IServiceProvider services)
    {
        var settings = services.GetRequiredService<IConfiguration>().GetSection("Mme");
        if (!settings.Exists())
        {
            yield break;
        }

        var members = Sections(services).ToLookup(
            section => section.Name,
            section => section.Options.GetProperties().Select(property => property.Name),
            StringComparer.OrdinalIgnoreCase);
        var names = members.Select(group => group.Key).Union(Elsewhere, StringComparer.OrdinalIgnoreCase).ToList();
        foreach (var section in settings.GetChildren())
        {
            if (!names.Contains(section.Path, StringComparer.OrdinalIgnoreCase))
            {
                yield return Describe(section.Path, names);
            }
            else if (members.Contains(section.Path))
            {
                var known = members[section.Path].SelectMany(each => each).ToList();
                foreach (var setting in section.GetChildren()
                    .Where(setting => !known.Contains(setting.Key, StringComparer.OrdinalIgnoreCase)))
                {
                    yield return Describe(setting.Path, known.Select(name => $"{section.Path}:{name}"));
                }
            }
        }
    }

    /// <summary>Returns the sections of this process, and those of every process that classifies.</summary>
    private static IEnumerable<SettingsSection> Sections(IServiceProvider services)
    {
        var empty = new ConfigurationBuilder().Build();
        return new ServiceCollection().AddClassifier(empty).AddStorage(empty)
            .Select(service => service.ImplementationInstance).OfType<SettingsSection>()
            .Union(services.GetServices<SettingsSection>());
    }

    private static string Describe(string path, IEnumerable<string> known) =>
        $"The setting {Printable.Text(path, 100)} isn't recognized and has no effect. "
        + (Nearest.Of(path, known) is { } nearest
            ? $"Did you mean {nearest}?"
            : "The docs page 'Settings' lists all settings.");
}
