import { nativeTheme } from 'electron';

/** Of the page's tokens, what the frame around it needs: the panel that the window's buttons lie on, and its text. */
const themes = {
  light: { panel: '#FFFFFF', text: '#17211F' },
  dark: { panel: '#191E1D', text: '#E9EEEC' },
};

/** As the system has it now. */
export function frameColours(): { readonly panel: string; readonly text: string } {
  return nativeTheme.shouldUseDarkColors ? themes.dark : themes.light;
}
