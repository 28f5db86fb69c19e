using System.ComponentModel;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ServerlessMme.Hosting;

/// <summary>Binds a section of the settings, and reports all invalid values together, in plain words.</summary>
internal static class SettingsBinder
{
    /// <exception cref="OptionsValidationException">Some values don't parse.</exception>
    public static void Bind<T>(IConfigurationSection section, T options)
        where T : class
    {
        // Most sections are empty, and looking up each property would take a good part of the startup time.
        if (!section.Exists())
        {
            return;
        }

        var failures = typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite)
            .Select(property => Check(property, section.GetSection(property.Name))).OfType<string>().ToList();
        if (failures.Count > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(T), failures);
        }

        // Most settings are strings, which don't need the binder's converters. The converters are slow to start.
        if (!TryBindTexts(section, options))
        {
            section.Bind(options);
        }
    }

    /// <summary>Binds a section that has only strings.</summary>
    private static bool TryBindTexts<T>(IConfigurationSection section, T options)
        where T : class
    {
        var texts = new List<(PropertyInfo Property, string Text)>();
        foreach (var setting in section.GetChildren())
        {
            var property = typeof(T).GetProperty(
                setting.Key, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);
            if (property is { SetMethod.IsPublic: true } && property.PropertyType == typeof(string)
                && setting.Value is { } text)
            {
                texts.Add((property, text));
            }
            else if (property is not null)
            {
                return false;
            }
        }

        texts.ForEach(each => each.Property.SetValue(options, each.Text));
        return true;
    }

    private static string? Check(PropertyInfo property, IConfigurationSection value)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (value.Value is not { Length: > 0 } text || type == typeof(string))
        {
            return null;
        }

        var converter = TypeDescriptor.GetConverter(type);
        if (!converter.CanConvertFrom(typeof(string)) || Parses(converter, text))
        {
            return null;
        }

        return $"{value.Path} is '{text}', but must be {Describe(type)}.";
    }

    private static bool Parses(TypeConverter converter, string text)
    {
        try
        {
            return converter.ConvertFromInvariantString(text) is not null;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException
            or NotSupportedException or InvalidOperationException)
        {
            return false;
        }
    }

    private static string Describe(Type type)
    {
        if (type.IsEnum)
        {
            return $"one of {string.Join(", ", Enum.GetNames(type))}";
        }

        if (type == typeof(bool))
        {
            return "true or false";
        }

        if (type == typeof(TimeSpan))
        {
            return "a time span in the form hh:mm:ss";
        }

        if (type == typeof(Uri))
        {
            return "an address such as https://acme.blob.core.windows.net";
        }

        return type == typeof(double) || type == typeof(float) ? "a number" : "a whole number";
    }
}
