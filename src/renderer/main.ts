import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { connectWebHost } from './host/web-host.ts';
import { setHost } from './host/index.ts';
import '@fontsource-variable/inter/wght.css';
import './styles/tokens.css';
import './styles/app.css';
import './styles/window.css';

setHost(window.deltashelf ?? connectWebHost());
createApp(App).use(createPinia()).mount('#app');
